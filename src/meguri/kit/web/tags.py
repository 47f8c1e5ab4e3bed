"""Filters and tags of every template: masses, figures, times, words, confidence, problems."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from meguri.kit.grams import THIN_SPACE, to_kg
from meguri.kit.language import formats
from meguri.kit.models import Job
from meguri.kit.people import identity
from meguri.kit.problems import MeguriError, Problem
from meguri.kit.web import economies, glossary
from meguri.kit.web.confidence import LEVELS, Level
from meguri.kit.words import Words, filled
from meguri.kit.work import jobs

register = template.Library()
_numbers = itertools.count(1)


def _language() -> str:
    return get_language() or "en"


@register.filter
def kg(grams: int | None) -> str:
    """Grams as kilograms to the gram, with the unit."""
    return formats.ABSENT if grams is None else f"{to_kg(int(grams))}{formats.NO_BREAK}kg"


@register.filter
def kg_figure(grams: int | None) -> str:
    """Grams as kilograms to the gram, without the unit, for a column whose head carries it."""
    return formats.ABSENT if grams is None else to_kg(int(grams))


@register.filter
def tonnes(grams: int | None) -> str:
    """Grams as tonnes with three significant digits, with the unit."""
    return formats.ABSENT if grams is None else f"{formats.figure(int(grams) / 1e6)}{formats.NO_BREAK}t"


@register.filter
def figure(value: float | None, digits: int = 3) -> str:
    """A number with significant digits (three unless told)."""
    return formats.figure(value, int(digits))


@register.filter
def per(value: float | None, scale: Any) -> float | None:
    """A value in a larger unit: divided by `scale.per`, or by the number itself."""
    return None if value is None else float(value) / float(getattr(scale, "per", scale))


@register.filter
def thousands(value: int | None) -> str:
    """A whole number with thin spaces."""
    return formats.ABSENT if value is None else f"{int(value):,}".replace(",", THIN_SPACE)


@register.filter
def percent(share: float | None) -> str:
    """A share of 1 as a percentage with three significant digits."""
    return formats.ABSENT if share is None else f"{formats.figure(float(share) * 100)}{formats.NO_BREAK}%"


@register.filter
def ppb(value: int | None) -> str:
    """A content in parts per billion: in per cent from a tenth of one on, below in grams a tonne."""
    if value is None:
        return formats.ABSENT
    large = abs(value) >= 1_000_000
    written = f"{value / 1e7:.4f}" if large else f"{value / 1000:.3f}"
    return f"{written.rstrip('0').rstrip('.') or '0'}{formats.NO_BREAK}{'%' if large else 'g/t'}"


@register.filter
def mg(value: int | None) -> str:
    """Milligrams as grams with all three decimals, for a column whose head carries the unit."""
    return formats.ABSENT if value is None else to_kg(int(value))


@register.filter
def when(value: datetime | None, zone: str = "") -> str | SafeString:
    """An instant in the named zone, else the reader's, with UTC in the title."""
    if value is None:
        return formats.ABSENT
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    place = ZoneInfo(zone) if zone else timezone.get_current_timezone()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        aware.astimezone(UTC).isoformat(),
        formats.utc(aware),
        formats.when(aware, place, _language()),
    )


@register.filter
def day(value: date | datetime | None) -> str | SafeString:
    """A date with its weekday in the page's language."""
    if value is None:
        return formats.ABSENT
    plain = value.astimezone(timezone.get_current_timezone()).date() if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', plain.isoformat(), formats.day(plain, _language()))


@register.filter
def said(words: Words | str | None) -> str:
    """Words in the page's language; a plain string stays as it is."""
    if words is None:
        return ""
    return words.say() if isinstance(words, Words) else str(words)


@register.simple_tag
def economy(code: str) -> str:
    """The name of an economy in the page's language."""
    return economies.name(str(code)).say()


@register.simple_tag
def problem(found: Problem) -> str:
    """What a problem says, in the page's language."""
    return found.say()


@register.filter
def anchor(pointer: str) -> str:
    """The id of the field that a JSON Pointer names: ``/lots/0/mass`` is ``lots-0-mass``."""
    return "-".join(part for part in str(pointer).split("/") if part)


@register.filter
def problem_at(problems: Iterable[Problem] | MeguriError | None, pointer: str) -> str:
    """What is wrong at a pointer (``"/mass_kg"`` or just the field's name), or an empty string."""
    wanted = "/" + str(pointer).lstrip("/")
    return " ".join(found.say() for found in listed(problems) if found.pointer == wanted)


@register.filter
def listed(problems: Iterable[Problem] | MeguriError | None) -> tuple[Problem, ...]:
    """The problems of an error, or the ones given."""
    if not problems:
        return ()
    return problems.problems if isinstance(problems, MeguriError) else tuple(problems)


@register.filter
def title_of(error: MeguriError) -> str:
    """The title of an error in the page's language."""
    return filled(error.title, {})


@register.simple_tag(takes_context=True)
def job_of(context: template.Context, job: Job) -> dict[str, Any]:
    """What a page shows of a piece of long work; `back` is where cancelling returns to."""
    request = context.get("request")
    reader = getattr(request, "reader", identity.ANYONE)
    htmx = getattr(request, "htmx", None)
    return {
        "title": jobs.kind(job.kind).title,
        "percent": round(100 * job.progress),
        "words": job.said,
        "unfinished": job.state in jobs.UNFINISHED,
        "may_cancel": jobs.may_cancel(job, reader),
        "problems": jobs.problems(job),
        "back": (htmx.current_url_abs_path if htmx else None) or (request.get_full_path() if request else ""),
    }


@register.simple_tag(takes_context=True)
def uses_htmx(context: template.Context) -> str:
    """Say beside an element with ``hx-`` attributes that the page needs htmx: pages without such load none."""
    request = context.get("request")
    if request is not None:
        request.uses_htmx = True
    return ""


@register.simple_tag
def unique(prefix: str = "x") -> str:
    """An id that no other element has."""
    return f"{prefix}{next(_numbers)}"


@register.filter
def confidence(level: Any) -> Level:
    """The mark and the words of a confidence level; an unknown level counts as missing."""
    return LEVELS.get(str(getattr(level, "value", level)), LEVELS["missing"])


@register.simple_tag
def term_of(code: str) -> glossary.GlossaryTerm | None:
    """The glossary's entry for a term."""
    return glossary.find(str(code))


@register.filter
def plain_text(markup: Any) -> str:
    """What is there besides white space: empty for a component's empty slot."""
    return str(markup or "").strip()


CONTROL = re.compile(r"<(input|select|textarea)\b(?![^>]*aria-describedby)", re.IGNORECASE)


@register.simple_tag(takes_context=True)
def control(context: template.Context, slot: Any, name: str) -> SafeString:
    """A field's own control, tied to its hint and its error for screen readers."""
    ids = " ".join(f"{name}-{part}" for part in ("hint", "error") if context.get(part))
    if not ids:
        return mark_safe(str(slot))  # noqa: S308 - the slot is the template author's markup, escaped where it was written
    more = format_html(' aria-describedby="{}"', ids)
    if context.get("error"):
        more += mark_safe(' aria-invalid="true"')
    return mark_safe(CONTROL.sub(lambda found: found.group(0) + more, str(slot), count=1))  # noqa: S308
