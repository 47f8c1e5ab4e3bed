"""Acts told with one thing changed at a time: in the act, in who says it and when, in what is on record.

`Alterations` makes the changes, `asked` says what becomes of each, and `differing` compares that with what a file
keeps: by act and answer, the changes that are answered so. ``python tests/altered.py`` writes the files anew; look at
what has changed before keeping it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from meguri.journal import kinds
from meguri.kit import clock
from meguri.kit.problems import MeguriError

if TYPE_CHECKING:
    from memory_record import Told

MOST_G = 10**13 + 1
DAYS = (-400, -4, -1, 1, 4, 400)
SECONDS = (-86_400, -1, 1, 86_400)
LEFT_ALONE = ("verdict", "notified_by", "planned_by", "names")
"""Fields that are not looked into: what is within them is the law's, or words."""
DEEP = 4
BESIDE = ("test_custody_accounts_changed",)
"""Modules that keep what is not an act's."""
BROKEN = "broken"
"""What falls where it may, because no record can hold it; it is not kept."""
ROOMS = ("consent", "movement", "custody", "buying", "registry", "procedure", "journal")


class Alterations:
    """Other values in the place of one, each with a name. `known` are the subjects that there are."""

    def __init__(self, known: Iterable[str], *, each: bool = False) -> None:
        """`each` part of a list is looked at, or (unless so) its first and last."""
        self.each = each
        self.alike: dict[str, list[str]] = {}
        by_prefix: dict[str, list[str]] = {}
        for name in sorted(known):
            by_prefix.setdefault(name.partition(":")[0], []).append(name)
        for names in by_prefix.values():
            for name in names:
                others = [other for other in names if other != name]
                chosen = [*others[:1], *others[-1:]] if len(others) > 1 else others
                self.alike[name] = chosen
                self.alike.setdefault(name.partition(":")[2], [other.partition(":")[2] for other in chosen])

    def of(self, value: Any, deep: int = DEEP) -> Iterator[tuple[str, Any]]:
        """The alterations of a value, so many levels deep."""
        match value:
            case bool():
                yield "not", not value
            case int() | float():
                yield from ((f"= {other}", other) for other in (0, -1, MOST_G) if other != value)
                yield from ((f"{step:+}", value + step) for step in (-1, 1))
            case str():
                others = ["", " ", "x", *self.alike.get(value, ())]
                if len(value) == 3 and value.isupper():
                    others += ["JPN", "SGP"]
                yield from ((f"= '{other}'", other) for other in dict.fromkeys(others) if other != value)
            case datetime():
                yield from ((f"{step:+} s", value + timedelta(seconds=step)) for step in SECONDS)
            case date():
                yield from ((f"{step:+} d", value + timedelta(days=step)) for step in DAYS)
            case tuple():
                yield from self.of_list(value, deep)
            case dict():
                yield from ((f"without {name}", {k: v for k, v in value.items() if k != name}) for name in value)
            case msgspec.Struct() if deep:
                yield from self.of_struct(value, deep)

    def of_struct(self, value: msgspec.Struct, deep: int) -> Iterator[tuple[str, Any]]:
        """One field changed, and that in one way."""
        for field in msgspec.structs.fields(value):
            part = getattr(value, field.name)
            if part is not None and field.default is None:
                yield f".{field.name} none", msgspec.structs.replace(value, **{field.name: None})
            # A list that is empty does not say what it holds; what the body cannot hold is refused before any guard.
            if field.name not in LEFT_ALONE and (part != () or _holds_text(field.type)):
                for what, other in self.of(part, deep - 1):
                    dot = "" if what.startswith((".", "[")) else " "
                    yield f".{field.name}{dot}{what}", msgspec.structs.replace(value, **{field.name: other})

    def of_list(self, value: tuple[Any, ...], deep: int) -> Iterator[tuple[str, Any]]:
        """Shorter, longer, in another order, and with one part changed."""
        if not value:
            yield "= ('x',)", ("x",)
            return
        yield "= ()", ()
        if len(value) > 1:
            yield "without first", value[1:]
            yield "without last", value[:-1]
            yield "backwards", value[::-1]
        yield "first twice", (*value, value[0])
        for place in range(len(value)) if self.each else sorted({0, len(value) - 1}):
            for what, other in self.of(value[place], deep):
                dot = "" if what.startswith((".", "[")) else " "
                yield f"[{place}]{dot}{what}", (*value[:place], other, *value[place + 1 :])


def _holds_text(annotated: Any) -> bool:
    return annotated is str or any(map(_holds_text, get_args(annotated)))


def tellings(told: Told) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every way in which an act is told otherwise, with what tells it."""
    record, act, body = told.record, told.act, told.body
    changes = Alterations(record.states)
    claimed = clock.parse(act.claimed)
    yield "as it is", told.say
    for who in sorted({*(name for name in record.states if name.startswith("organisation:")), "organisation:nobody"}):
        if who != act.actor:
            yield f"actor {who}", lambda who=who: told.say(actor=who)
    for step in SECONDS:
        yield f"claimed {step:+} s", lambda step=step: told.say(claimed=claimed + timedelta(seconds=step))
    for what, other in changes.of(body):
        yield (
            f"body{what}",
            lambda other=other: told.say(**{name: getattr(other, name) for name in other.__struct_fields__}),
        )
    kind = kinds.find(act.kind)
    for name in sorted({*act.subjects, *kind.reads(act, body), act.actor}):
        state = record.states.get(name)
        if state is None:
            like = next((one for one in sorted(record.states) if one.partition(":")[0] == name.partition(":")[0]), "")
            if like:
                yield f"{name} like {like}", lambda name=name, like=like: put(told, name, record.states[like])
            continue
        yield f"without {name}", lambda name=name: put(told, name, None)
        for what, other in changes.of(state):
            yield f"{name}{what}", lambda name=name, other=other: put(told, name, other)


def put(told: Told, name: str, state: Any) -> None:
    """Tell the act to a record in which one state is another."""
    told.record.states.pop(name, None)
    if state is not None:
        told.record.states[name] = state
    told.say()


def answer(told: Told, tell: Callable[[], Any]) -> str:
    """What becomes of it; the record is as it was."""
    record = told.record
    states, entries, now = dict(record.states), list(record.entries), record.now
    try:
        tell()
    except MeguriError as error:
        return f"{type(error).__name__}: " + ", ".join(f"{one.pointer} {one.code}" for one in error.problems)
    except Exception as error:
        return type(error).__name__
    finally:
        record.states, record.entries, record.now = states, entries, now
    return "taken"


def field_of(name: str) -> str:
    """Of which act, state or field a change is one."""
    return name.partition(" ")[0]


def asked(told: Told) -> dict[str, list[str]]:
    """By answer the changes that are answered so; fields that nothing is refused for are left out."""
    answers = {name: answer(told, tell) for name, tell in tellings(told)}
    refused = {field_of(name) for name, what in answers.items() if what != "taken"}
    found: dict[str, list[str]] = {}
    for name, what in answers.items():
        if what != BROKEN and (name == "as it is" or field_of(name) in refused):
            found.setdefault(what, []).append(name)
    return found


def differing(path: Path, name: str, told: Told) -> dict[str, tuple[str, str]]:
    """Changes that are not answered as a file keeps them for that act: what is kept, and what became of them."""
    right: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))[name]
    wanted = {name: what for what, names in right.items() for name in names}
    found = {}
    for change, tell in tellings(told):
        if change in wanted:
            got = answer(told, tell)
            if got != wanted[change]:
                found[change] = (wanted[change], got)
            del wanted[change]
    return found | {change: (what, "not told") for change, what in wanted.items()}


def write() -> None:
    """Ask everything anew and keep the answers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    from meguri.kit.running.starting import start

    start()
    from meguri.consent.case import notification
    from memory_record import Told
    from tests_support import use_clock

    # The law's answer is taken as given, as the tests of these rooms take it.
    notification.check_verdict = lambda *given: None
    for room in ROOMS:
        sys.path.insert(0, str(Path(__file__).parent / room))
    for name in (*(f"test_{room}_one_thing_changed" for room in ROOMS), *BESIDE):
        module = importlib.import_module(name)
        use_clock(lambda now=module.NOW: now)
        made = {name: make() for name, make in module.TOLD.items()}
        found = {name: asked(one) if isinstance(one, Told) else one for name, one in made.items()}
        text = json.dumps(found, ensure_ascii=False, indent=1)
        module.KEPT.write_text(text + "\n", encoding="utf-8")
        print(name, sum(len(names) for answers in found.values() for names in answers.values()))


if __name__ == "__main__":
    write()
