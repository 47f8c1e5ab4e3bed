"""What changed when: the days on which the law of an economy, or the answer for a lane, becomes another.

An economy's line is read off the dates of rules, list entries and treaty standing; a lane's line comes from asking
the same question on every day on which anything in the law begins or ends, so nothing between two days is missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words, listed, plain
from meguri.law import groups, tables, wastes
from meguri.law.asking.model import STATUS_WORDS, VERDICT_WORDS, FactValue, Question, Verdict
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import COVERS, Law
from meguri.law.body.rulebook import ListEntry, Rule

Lane = tuple[str, str, str, str | None]
"""Origin, destination, stream, operation."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LawChange:
    """One change on one day: a rule that begins, ends or is replaced, or a lane whose answer becomes another.

    `kind` is begins, ends, replaced, joins (a treaty) or verdict; `economy` is empty for a lane. `rules` are the ids
    that begin or end; for a lane `before` and `after` are the answers on the eve and on the day.
    """

    on: date
    kind: str
    economy: str
    words: Words
    rules: tuple[str, ...] = ()
    instrument: str = ""
    citation: str = ""
    source: str = ""
    confidence: str = "high"
    evidence: str = "primary_text"
    pack: str = ""
    before: Verdict | None = None
    after: Verdict | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; a lane's answers are given by verdict, status and procedures."""
        return {
            "on": self.on.isoformat(),
            "kind": self.kind,
            "economy": self.economy,
            "words": self.words.everywhere(),
            "rules": list(self.rules),
            "instrument": self.instrument,
            "citation": self.citation,
            "source": self.source,
            "confidence": self.confidence,
            "evidence": self.evidence,
            "before": _answer(self.before),
            "after": _answer(self.after),
        }


def _answer(answer: Verdict | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "verdict": answer.verdict,
        "status": answer.status,
        "procedures": list(answer.procedures),
        "grounds": [ground.citation for ground in answer.grounds],
    }


def boundaries(law: Law | None = None) -> tuple[date, ...]:
    """Every covered day on which something in the law is not as on its eve: rules, entries, codes and standing."""
    return _boundaries(law or Law.load())


@lru_cache(maxsize=8)
def _boundaries_of(rules: tuple[Rule, ...], entries: tuple[ListEntry, ...]) -> tuple[date, ...]:
    days: set[date] = set()

    def span(start: date | None, end: date | None) -> None:
        if start:
            days.add(start)
        if end and end < date.max:
            days.add(end + _DAY)

    items: list[Rule | ListEntry] = [*rules, *entries]
    for item in items:
        span(item.effective_from, item.effective_to)
    for rule in rules:
        span(rule.moves_from, None)
    for codes in wastes.waste_codes().values():
        for code in codes:
            span(code.effective_from, code.effective_to)
    for start, end in groups.days():
        span(start, end)
    return tuple(sorted(day for day in days if COVERS[0] < day <= COVERS[1]))


def _boundaries(law: Law) -> tuple[date, ...]:
    return _boundaries_of(law.rules, law.entries)


def timeline(
    economy: str | None = None,
    lane: Lane | None = None,
    since: date = COVERS[0],
    until: date = COVERS[1],
    *,
    facts: Mapping[str, FactValue] | None = None,
    via: tuple[str, ...] = (),
    law: Law | None = None,
) -> tuple[LawChange, ...]:
    """What changes from `since` to `until`, both included, in order: for one economy, or for one lane.

    `facts` and `via` belong to the lane. Raises Refused for a span outside 2018 to 2031, an unknown economy, or a
    lane that cannot be asked.
    """
    body = law or Law.load()
    if (economy is None) == (lane is None):
        raise refuse(N_("Name an economy or a lane, one of the two."), "/economy", "missing")
    for pointer, day in (("/since", since), ("/until", until)):
        if not COVERS[0] <= day <= COVERS[1]:
            raise refuse(
                N_("The law on file covers {first} to {last}; {day} lies outside."), pointer, "not_covered",
                first=COVERS[0], last=COVERS[1], day=day,
            )  # fmt: skip
    if lane is not None:
        return tuple(_of_lane(lane, since, until, facts or {}, via, body))
    assert economy is not None
    if economy not in tables.parties():
        raise refuse(
            N_("“{word}” is not a known economy. Use its ISO 3166 code of three letters, such as MYS."), "/economy",
            "economy", word=economy[:64],
        )  # fmt: skip
    found = [change for change in _of_economy(economy, body) if since <= change.on <= until]
    return tuple(sorted(found, key=lambda change: (change.on, change.pack, change.rules)))


def next_changes(economies: Iterable[str], after: date, n: int = 5, *, law: Law | None = None) -> tuple[LawChange, ...]:
    """The next `n` changes after a day for any of these economies; a change that meets several is given once."""
    start = max(after + _DAY, COVERS[0])
    seen: dict[tuple[Any, ...], LawChange] = {}
    if start <= COVERS[1]:
        for economy in economies:
            for change in timeline(economy, since=start, law=law):
                standing = change.economy if change.kind == "joins" else ""
                seen.setdefault((change.on, change.kind, change.rules, standing), change)
    return tuple(sorted(seen.values(), key=lambda change: (change.on, change.pack, change.rules))[:n])


def _of_lane(
    lane: Lane, since: date, until: date, facts: Mapping[str, FactValue], via: tuple[str, ...], law: Law
) -> Iterator[LawChange]:
    origin, destination, stream, operation = lane

    def ask(day: date) -> Verdict:
        return verdict(
            Question.parse(
                on=day, stream=stream, origin=origin, destination=destination, operation=operation, via=via, facts=facts
            ),
            law,
        )

    before = ask(since)
    for day in _boundaries(law):
        if not since < day <= until:
            continue
        after = ask(day)
        if _gist(after) != _gist(before):
            new = {ground.rule for ground in after.grounds} ^ {ground.rule for ground in before.grounds}
            grounds = [ground for ground in after.grounds if ground.rule in new] or list(after.grounds)
            lead = grounds[0]
            yield LawChange(
                day, "verdict", "", _turned(before, after), tuple(sorted(new)), lead.instrument, lead.citation,
                lead.source, lead.confidence, lead.evidence, "", before, after,
            )  # fmt: skip
        before = after


def _gist(answer: Verdict) -> tuple[Any, ...]:
    consents = frozenset((need.authority, need.capacity, need.form, need.days) for need in answer.consents)
    grounds = frozenset((ground.rule, ground.citation) for ground in answer.grounds)
    codes = frozenset(code.code for code in answer.codes)
    return answer.verdict, answer.procedures, answer.status, consents, grounds, codes


def _turned(before: Verdict, after: Verdict) -> Words:
    was, now = VERDICT_WORDS[before.verdict], VERDICT_WORDS[after.verdict]
    if before.verdict != after.verdict:
        return Words("{was}; from this day: {now}").format(was=was, now=now)
    if before.procedures != after.procedures:
        old, new = (_codes(answer.procedures) for answer in (before, after))
        return Words("{now}: other procedures ({old}; now {new})").format(now=now, old=old, new=new)
    if before.status != after.status:
        old, new = STATUS_WORDS[before.status], STATUS_WORDS[after.status]
        return Words("{now}: {new} (before: {old})").format(now=now, old=old, new=new)
    if {(g.rule, g.citation) for g in before.grounds} != {(g.rule, g.citation) for g in after.grounds}:
        return Words("{now}: other grounds or consents").format(now=now)
    if {c.code for c in before.codes} != {c.code for c in after.codes}:
        old, new = (_codes(f"{c.scheme}:{c.code}" for c in answer.codes) for answer in (before, after))
        return Words("{now}: other codes ({old}; now {new})").format(now=now, old=old, new=new)
    return Words("{now}: other consents").format(now=now)


def _codes(found: Iterable[str]) -> Words:
    return listed(plain(code) for code in found) or Words("none")


def _meets(item: Rule | ListEntry, economy: str, day: date) -> bool:
    """Whether an item speaks of this economy on a day: as its own law, as a partner named, or as everybody."""
    if groups.any_of(item.economies, economy, day):
        return True
    partners = item.partners if isinstance(item, Rule) else ()
    named = {economy, tables.parties()[economy].law_of}
    return any(atom in named for selector in partners for atom in selector.split("+"))


def _of_economy(economy: str, law: Law) -> Iterator[LawChange]:
    begins: dict[tuple[str, date], Rule | ListEntry] = {}
    ends: list[tuple[Rule | ListEntry, date]] = []
    items: list[Rule | ListEntry] = [*law.rules, *law.entries]
    for item in items:
        if item.effective_from and _meets(item, economy, item.effective_from):
            begins[(item.id.split("@")[0], item.effective_from)] = item
        if item.effective_to and item.effective_to < date.max and _meets(item, economy, item.effective_to):
            ends.append((item, item.effective_to + _DAY))
    for item, day in ends:
        follower = begins.pop((item.id.split("@")[0], day), None)
        if follower is None:
            yield _change(item, day, "ends", economy, (item.id,))
        else:
            yield _change(follower, day, "replaced", economy, (item.id, follower.id))
    for (_, day), item in begins.items():
        yield _change(item, day, "begins", economy, (item.id,))
    yield from _standing(economy)


_KINDS = {
    "begins": Words("Begins: {said}"),
    "ends": Words("Ends: {said}"),
    "replaced": Words("New version: {said}"),
}


def _change(item: Rule | ListEntry, day: date, kind: str, economy: str, rules: tuple[str, ...]) -> LawChange:
    return LawChange(
        day, kind, economy,
        _KINDS[kind].format(said=item.words),
        rules, item.instrument if isinstance(item, Rule) else item.code.split(":")[0].upper(), item.citation,
        item.source, item.confidence, item.evidence, item.pack,
    )  # fmt: skip


def _standing(economy: str) -> Iterator[LawChange]:
    party = tables.parties()[economy]
    for group in groups.groups().values():
        since, until = groups.since(group.name, economy), groups.until(group.name, economy)
        for words, day in ((group.joins, since), (group.leaves, until + _DAY if until else None)):
            if words and day is not None:
                yield LawChange(
                    day, "joins", economy, words.format(economy=party.name), (), group.instrument, group.instrument,
                    party.source, party.confidence, party.evidence,
                )  # fmt: skip
