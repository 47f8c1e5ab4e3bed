"""What each act of the rooms' tables of acts writes: states, the columns and relations that follow, sums; and what it
writes otherwise where one thing of its body is another.

``python tests/written.py`` writes ``written.json`` beside each table of acts anew; look at what has changed before
keeping it.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altered
import told_story
from meguri.journal import kinds
from meguri.journal.subject import split

if TYPE_CHECKING:
    from memory_record import Told

ROOMS = ("consent", "movement", "custody", "buying", "registry")
HEX = re.compile(r"\b[0-9a-f]{64}\b")


def plain(value: Any) -> Any:
    """A value as JSON has it, without what the law answered."""
    text = json.dumps(told_story.plain(value), default=told_story.written, sort_keys=True)
    return json.loads(text)


def states(told: Told, **changes: Any) -> tuple[str, dict[str, Any]]:
    """The act's id, and the states that it writes."""
    entry, found = told.written(**changes)
    return entry.id, found


def named(value: Any, act: str) -> Any:
    """The same with the act's id as a word, and other digests as another."""
    text = json.dumps(value, ensure_ascii=False).replace(act, "this act")
    return json.loads(HEX.sub("a digest", text))


def follows(subject: str, state: Any) -> dict[str, Any]:
    """The columns of a state's row, and the relations that it declares."""
    from meguri.journal.projections import books, relating

    prefix, id = split(subject)
    book = books.book(prefix)
    rows = [
        [table.label, *(str(part) for part in row)]
        for relation in relating.declared(book, id, state)
        for table, row in (relating.row(subject, relation, 7),)
    ]
    return {"columns": plain(book.model.columns(id, state)), "relations": sorted(rows)}


def whole(told: Told) -> dict[str, Any]:
    """What the act writes as it is."""
    from meguri.journal.projections import sums

    before = dict(told.record.states)
    act, found = states(told)
    after = dict(told.record.states)
    told.record.states = before
    kind = kinds.find(told.act.kind)
    added = sums.Additions()
    changed = [name for name, state in found.items() if state is not None]
    seen = {*told.act.subjects, *kind.reads(told.act, told.body)}
    added.note(changed, {name: before.get(name) for name in seen}, {name: after.get(name) for name in seen})
    result = {
        subject: {"state": plain(state), **follows(subject, state)}
        for subject, state in sorted(found.items())
        if state is not None and not subject.startswith("verdict:")
    }
    written = named(result, act)
    return {**written, "sums": sorted([" ".join(account), amount] for account, amount in added.amounts.items())}


def otherwise(told: Told) -> dict[str, Any]:
    """By change of its body that is taken: the fields of what it then writes that are others."""
    before = dict(told.record.states)
    act, usual = states(told)
    told.record.states = before
    right = {subject: named(plain(state), act) for subject, state in usual.items()}
    found: dict[str, Any] = {}
    for what, body in altered.Alterations(before).of(told.body):
        entries, now = list(told.record.entries), told.record.now
        changes = {name: getattr(body, name) for name in body.__struct_fields__}
        try:
            act, other = states(told, **changes)
        except Exception:
            continue
        finally:
            told.record.states, told.record.entries, told.record.now = dict(before), entries, now
        differ: dict[str, Any] = {}
        for subject, state in other.items():
            if not subject.startswith("verdict:"):
                mine, theirs = named(plain(state), act), right.get(subject)
                if mine != theirs:
                    differ[subject] = unlike(mine, theirs)
        found[what] = differ
    return {what: differ for what, differ in found.items() if differ}


def unlike(mine: Any, theirs: Any) -> Any:
    """The fields in which a state is another; all of it where there was none."""
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        return mine
    return {name: mine.get(name) for name in sorted({*mine, *theirs}) if mine.get(name) != theirs.get(name)}


def told(make: Any) -> dict[str, Any]:
    """Both."""
    return {"writes": whole(make()), "otherwise": otherwise(make())}


def write() -> None:
    """Keep it all anew."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    from meguri.kit.running.starting import start

    start()
    from meguri.consent.case import notification
    from tests_support import use_clock

    notification.check_verdict = lambda *given: None
    for room in ROOMS:
        sys.path.insert(0, str(Path(__file__).parent / room))
    for room in ROOMS:
        module = importlib.import_module(f"test_{room}_one_thing_changed")
        use_clock(lambda now=module.NOW: now)
        lines = [json.dumps([name, told(make)], ensure_ascii=False) for name, make in module.TOLD.items()]
        path = module.KEPT.with_name("written.json")
        path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
        print(room, path.stat().st_size)


def kept(path: Path, name: str) -> dict[str, Any]:
    """What is kept of an act."""
    found: dict[str, dict[str, Any]] = dict(json.loads(path.read_text(encoding="utf-8")))
    return found[name]


if __name__ == "__main__":
    write()
