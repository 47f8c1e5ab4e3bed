"""What is followed and what became of it, in words: those of the law on file, by the keys that were kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import msgspec

from meguri.following import looking
from meguri.following.models import LawAlert, LawFollow, WatchedLaw
from meguri.kit import clock
from meguri.kit.words import Words, listed, plain
from meguri.law import tables
from meguri.law.across.alerts import Cause, ChangedAnswer, ComingChange, KeptAnswer
from meguri.law.asking.decisions import reason
from meguri.law.asking.model import STATUS_WORDS, VERDICT_WORDS


def economy(code: str) -> Words:
    """The name of an economy; its code where the tables no longer have it."""
    known = tables.parties().get(code)
    return known.name if known else plain(code)


def stream(slug: str) -> Words:
    """The name of a stream; its slug where the tables no longer have it."""
    known = tables.streams().get(slug)
    return known.name if known else plain(slug)


def lane(question: Mapping[str, Any]) -> Words:
    """A question in a line: material, way, operation."""
    ends = (question["origin"], *question.get("via", ()), question["destination"])
    way = Words("→", "=", parts=tuple(economy(code) for code in ends))
    return Words("{stream} · {way} · {operation}").format(
        stream=stream(question["stream"]), way=way, operation=question.get("operation") or "–"
    )


def title(row: WatchedLaw) -> Words:
    """What is followed."""
    said = row.said
    if row.kind == "economy":
        return Words("{economy}: every stream, with the usual partners").format(economy=economy(said["economy"]))
    if row.kind == "stream":
        return Words("{stream}: between the usual partners").format(stream=stream(said["stream"]))
    if row.kind == "case":
        return Words("{number}: {lane}").format(number=plain(said["number"]), lane=lane(said["question"]))
    return lane(said["question"])


def url(row: WatchedLaw) -> str:
    """Where to see it."""
    if row.kind == "economy":
        return f"/law/{row.said['economy']}"
    if row.kind == "stream":
        return f"/law/map?{urlencode({'stream': row.said['stream'], 'to': 'JPN'})}"
    return f"/cases/{row.said['case']}" if row.kind == "case" else ask(row.said["question"], clock.today())


def ask(question: Mapping[str, Any], on: date) -> str:
    """Where a question is asked for a day."""
    pairs = [
        ("from", question["origin"]),
        ("to", question["destination"]),
        ("stream", question["stream"]),
        *([("operation", question["operation"])] if question.get("operation") else []),
        ("on", on.isoformat()),
        *(("via", code) for code in question.get("via", ())),
        *(("code", code) for code in question.get("codes", ())),
        *(("fact", f"{name}={_plain(value)}") for name, value in question.get("facts", {}).items()),
    ]
    return f"/may-it-move?{urlencode(pairs)}"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def answer(kept: KeptAnswer) -> Words:
    """An answer in a few words: the verdict, how sure, the procedures."""
    verdict = VERDICT_WORDS.get(kept.verdict) or plain(kept.verdict)
    status = STATUS_WORDS.get(kept.status) or plain(kept.status)
    if not kept.procedures:
        return Words("{verdict} ({status})").format(verdict=verdict, status=status)
    return Words("{verdict} ({status}), {procedures}").format(
        verdict=verdict, status=status, procedures=plain(" ".join(kept.procedures))
    )


def cause(one: Cause) -> Words:
    """A text because of which: its citation and what it says, and whether it fell away."""
    found = reason(one.rule)
    said = (
        Words("{citation}: {words}").format(citation=found.citation, words=found.words)
        if found
        else plain(one.citation or one.rule)
    )
    return said if one.begins else Words("no longer: {rule}").format(rule=said)


@dataclass(frozen=True)
class ToldChange:
    """One answer that becomes another, in words."""

    lane: Words
    before: Words
    after: Words
    because: tuple[Words, ...]
    query: str


def change(one: ChangedAnswer, on: date) -> ToldChange:
    """A change in words, with where to ask it."""
    causes = tuple(cause(found) for found in one.because)
    return ToldChange(lane(one.question), answer(one.before), answer(one.after), causes, ask(one.question, on))


@dataclass(frozen=True)
class ShownFollow:
    """A line of what is followed: the next known change, with the first of its answers."""

    row: LawFollow
    title: Words
    url: str
    on: date | None
    count: int
    first: ToldChange | None


def follow(row: LawFollow) -> ShownFollow:
    """A line of what is followed."""
    coming = [one for one in msgspec.convert(row.watched.ahead, tuple[ComingChange, ...]) if one.on > _today()]
    if not coming:
        return ShownFollow(row, title(row.watched), url(row.watched), None, 0, None)
    on = date.fromisoformat(coming[0].on)
    changes = coming[0].changes
    return ShownFollow(row, title(row.watched), url(row.watched), on, len(changes), change(changes[0], on))


def _today() -> str:
    return clock.today().isoformat()


@dataclass(frozen=True)
class ShownAlert:
    """An alert in words."""

    row: LawAlert
    on: date
    title: Words
    words: Words
    changes: tuple[ToldChange, ...]


def alert(row: LawAlert, most: int = looking.MOST) -> ShownAlert:
    """An alert in words, with its first changes."""
    changes = msgspec.convert(row.changes, tuple[ChangedAnswer, ...])[:most]
    return ShownAlert(
        row,
        date.fromisoformat(row.on),
        title(row.watched),
        looking.WORDS_OF[row.kind],
        tuple(change(one, date.fromisoformat(row.on)) for one in changes),
    )


def line(row: LawAlert) -> Words:
    """An alert in a line, for mail and feeds: what, from when, what was and what is."""
    shown = alert(row, 1)
    first = shown.changes[0]
    told = Words("{title}: from {on} {after} (before: {before}), because {why}").format(
        title=first.lane if row.count == 1 else shown.title,
        on=row.on,
        after=first.after,
        before=first.before,
        why=listed(first.because) if first.because else shown.words,
    )
    return told if row.count == 1 else Words("{told}, and {more} more").format(told=told, more=row.count - 1)


def mailed(row: LawAlert) -> Words:
    """An alert in a line of mail. Of a case its number alone: material and way stand on its page."""
    if row.watched.kind != "case":
        return line(row)
    first = alert(row, 1).changes[0]
    return Words("{number}: from {on} the law decides it otherwise, because {why}").format(
        number=plain(row.watched.said["number"]),
        on=row.on,
        why=listed(first.because) if first.because else looking.WORDS_OF[row.kind],
    )
