"""The gap table: an economy's law beside the others', element by element, as far as the tables go.

What an element reads is data (``gap_elements.csv``): ``duty:producer+batteries`` (duties with all these topics),
``rule:import:circuit-boards`` (own rules of a direction that speak of one of these streams), ``named:black-mass``
(own rules that name the stream), ``fact:...``, ``waste:y49``, ``stage:remedy``, ``standing:@group``, ``codes:own``
and ``treaty:basel:Y49``. A cell where nothing is found says so; it never fills in a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from meguri.kit.files.reading import TableError
from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words
from meguri.law import duties, groups, tables, wastes
from meguri.law.asking.facts import parts
from meguri.law.body.packs import Law
from meguri.law.body.rulebook import Rule
from meguri.law.citing import citation
from meguri.law.web import library
from meguri.law.web.form_and_answer import level

MOST_ECONOMIES = 8
SHOWN = 4
"""Findings that a cell shows before it refers to the economy's own page."""
PARTS: Mapping[str, Words] = {
    "home": Words("At home"),
    "border": Words("At the border"),
    "treaty": Words("Treaties"),
}
BINDING_STAGES = ("prohibit", "control", "default")


@dataclass(frozen=True)
class GapFinding:
    """One thing that the tables say on an element: what, since when, by which citation, how sure."""

    words: Words
    since: str
    state: str
    state_words: Words
    citation: Words
    level: str
    source: str


@dataclass(frozen=True)
class GapAsked:
    """Who was asked about an empty cell and when, or where was looked (`kind`: asked, looked), and what came of it."""

    kind: str
    whom: Words
    on: date
    answer: Words
    source: str


@dataclass(frozen=True)
class GapCell:
    """What is found for one economy; `more` counts findings beyond those shown."""

    economy: str
    findings: tuple[GapFinding, ...]
    more: int
    asked: tuple[GapAsked, ...] = ()
    to_ask: Words | None = None


@dataclass(frozen=True)
class GapLine:
    """One element across the economies."""

    element: str
    words: Words
    cells: tuple[GapCell, ...]
    nobody: bool


@dataclass(frozen=True)
class GapPart:
    """Elements of one kind."""

    words: Words
    lines: tuple[GapLine, ...]


@dataclass(frozen=True)
class GapElement:
    """A row of the gap table: its label and what it reads."""

    id: str
    part: str
    words: Words
    reads: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)
def elements() -> tuple[GapElement, ...]:
    """The elements in the order of their table. Raises TableError for one that reads nothing known."""
    found = []
    for place, row in tables.rows("gap_elements.csv"):
        reads = tuple((kind, rest) for kind, _, rest in (part.partition(":") for part in row["reads"].split(";")))
        for kind, _ in reads:
            if kind not in READERS:
                raise TableError(f"{place}: “{kind}” is not a way to read an element")
        if row["part"] not in PARTS:
            raise TableError(f"{place}: part is one of {', '.join(PARTS)}")
        label = tables.words("gap_elements", row, "label", row["element"])
        found.append(GapElement(row["element"], row["part"], label, reads))
    return tuple(found)


def economies_of(given: Iterable[str]) -> tuple[str, ...]:
    """The economies asked for, the first the one in question; the usual ones fill up a lone one. Raises Refused."""
    codes: list[str] = []
    for word in given:
        codes += [library.economy_of(part, "/economies") for part in parts(word)]
    codes = list(dict.fromkeys(codes))
    if len(codes) > MOST_ECONOMIES:
        raise refuse(
            N_("{count} economies were chosen; the table takes at most {most} side by side."),
            "/economies",
            "too-many",
            count=len(codes),
            most=MOST_ECONOMIES,
        )
    if len(codes) < 2:
        codes += [code for code in tables.usual("compared") if code not in codes]
    return tuple(codes)


def table(
    economies: tuple[str, ...], on: date, law: Law | None = None, shown: int | None = SHOWN
) -> tuple[GapPart, ...]:
    """The gap table for these economies on a day; `shown` bounds the findings of a cell, None shows all."""
    body = law or Law.load()
    lines = {element.id: _line(element, economies, on, body, shown) for element in elements()}
    return tuple(
        GapPart(words, tuple(lines[element.id] for element in elements() if element.part == part))
        for part, words in PARTS.items()
    )


def _line(element: GapElement, economies: tuple[str, ...], on: date, law: Law, shown: int | None) -> GapLine:
    cells = []
    for economy in economies:
        found: dict[tuple[str, str], GapFinding] = {}
        for kind, rest in element.reads:
            for finding in READERS[kind](economy, rest, on, law):
                found.setdefault((finding.words.en, finding.citation.en), finding)
        listed = sorted(found.values(), key=lambda finding: finding.state != "now")
        cut = len(listed) if shown is None else shown
        empty = () if listed else asked_of(economy, element.id)
        whom = None if listed or any(one.kind == "asked" for one in empty) else whom_to_ask(economy)
        cells.append(GapCell(economy, tuple(listed[:cut]), max(0, len(listed) - cut), empty, whom))
    return GapLine(element.id, element.words, tuple(cells), not any(cell.findings for cell in cells))


@lru_cache(maxsize=1)
def _asked() -> Mapping[tuple[str, str], tuple[GapAsked, ...]]:
    """What was asked, by economy and element. Raises TableError for an element or a kind that is not known."""
    found: dict[tuple[str, str], list[GapAsked]] = {}
    known = {element.id for element in elements()}
    for place, row in tables.rows("gap_asked.csv"):
        if row["element"] not in known or row["economy"] not in tables.parties():
            raise TableError(f"{place}: there is no cell {row['economy']}, {row['element']}")
        if row["kind"] not in ("asked", "looked"):
            raise TableError(f"{place}: kind is asked or looked")
        whom, answer = (tables.words("gap_asked", row, name) for name in ("whom", "answer"))
        one = GapAsked(row["kind"], whom, date.fromisoformat(row["on"]), answer, row["source"])
        found.setdefault((row["economy"], row["element"]), []).append(one)
    return {key: tuple(rows) for key, rows in found.items()}


def asked_of(economy: str, element: str) -> tuple[GapAsked, ...]:
    """Who was asked about a cell and when; empty where nobody was, and nothing was looked for."""
    return _asked().get((economy, element), ())


def whom_to_ask(economy: str) -> Words:
    """The competent authority that could answer, where one is on file."""
    for authority in tables.authorities().values():
        if authority.economy == economy and authority.role == "competent":
            return authority.name
    return NOBODY


NOBODY = Words("no authority is on file")


def _of_rule(rule: Rule, on: date) -> GapFinding:
    effect = library.EFFECTS[rule.effect]
    state = library.state_of(rule.effective_from, rule.effective_to, on)
    return GapFinding(
        Words("{name}: {said}").format(name=effect, said=rule.words),
        rule.effective_from.isoformat() if rule.effective_from else "",
        state,
        library.STATES[state],
        citation(rule.citation),
        level(rule.evidence),
        rule.source,
    )


def _standing_rules(economy: str, on: date, law: Law) -> Iterator[Rule]:
    """Own rules that stand or are to come."""
    for rule in library.own_rules(economy, law, on):
        if library.state_of(rule.effective_from, rule.effective_to, on) != "past":
            yield rule


def _duty(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    wanted = set(rest.split("+"))
    for duty in duties.duties():
        if duty.economy not in library.laws_of(economy, on) or not wanted <= duty.topics:
            continue
        state = "ahead" if duty.starts and duty.starts > on else "now"
        scheme = duty.scheme
        if duty.targets:
            scheme = Words("{name}: {said}").format(name=scheme, said=duty.targets)
        yield GapFinding(
            Words("{product} – {scheme}").format(product=duty.product, scheme=scheme),
            duty.since,
            "ahead" if duty.state != "in_force" else state,
            library.DUTY_STATES[duty.state] if duty.state != "in_force" else library.STATES[state],
            duty.instrument,
            level(duty.evidence),
            duty.source,
        )


def _rule(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    direction, _, streams = rest.partition(":")
    for rule in _standing_rules(economy, on, law):
        if rule.direction != direction or rule.stage not in BINDING_STAGES:
            continue
        if any(groups.stream_matches(rule.streams, stream) for stream in streams.split("+")):
            yield _of_rule(rule, on)


def _named(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    for rule in _standing_rules(economy, on, law):
        if any(not name.startswith("!") for name in rule.streams) and any(
            groups.stream_matches(rule.streams, stream) for stream in rest.split("+")
        ):
            yield _of_rule(rule, on)


def _binding(economy: str, on: date, law: Law) -> Iterator[Rule]:
    """Rules of any pack that bind the economy by name or by group; treaty rules for everybody only bind a Party."""
    members = {pack for pack, bound in law.binds.items() if groups.any_of(bound, economy, on)}
    for rule in law.rules:
        if library.state_of(rule.effective_from, rule.effective_to, on) == "past":
            continue
        if groups.any_of(rule.economies, economy, on) if rule.economies else rule.pack in members:
            yield rule


def _fact(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    for rule in _binding(economy, on, law):
        if (rest, True) in rule.facts and rule.stage != "formal":
            yield _of_rule(rule, on)


def _waste(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    for rule in _standing_rules(economy, on, law):
        if rest in rule.waste:
            yield _of_rule(rule, on)


def _stage(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    for rule in _binding(economy, on, law):
        if rule.stage == rest:
            yield _of_rule(rule, on)


def _codes(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    for key, entries in wastes.waste_codes().items():
        scheme, _, code = key.partition(":")
        if wastes.own_schemes().get(scheme) not in library.laws_of(economy, on):
            continue
        for entry in entries:
            if entry.in_force(on):
                yield _entry(entry, code, on)


def _treaty(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    if groups.matches("@basel-party", economy, on):
        for entry in wastes.waste_codes().get(rest, ()):
            if entry.in_force(on):
                yield _entry(entry, entry.code, on)


def _entry(entry: wastes.Code, code: str, on: date) -> GapFinding:
    return GapFinding(
        Words("{name}: {said}").format(name=code, said=entry.text),
        entry.effective_from.isoformat() if entry.effective_from else "",
        "now",
        library.STATES["now"],
        citation(entry.list_name),
        level(entry.evidence),
        entry.source,
    )


def _standing(economy: str, rest: str, on: date, law: Law) -> Iterator[GapFinding]:
    party, group = tables.parties()[economy], groups.groups()[rest]
    since = groups.since(rest, economy)
    if group.doubt and groups.matches(group.doubt, economy, on):
        return
    holds = groups.matches(rest, economy, on)
    yield GapFinding(
        library.YES if holds else library.NO,
        since.isoformat() if holds and since else "",
        "now",
        library.STATES["now"],
        group.standing,
        level(party.evidence),
        party.source,
    )


READERS: Mapping[str, Callable[[str, str, date, Law], Iterator[GapFinding]]] = {
    "duty": _duty,
    "rule": _rule,
    "named": _named,
    "fact": _fact,
    "waste": _waste,
    "stage": _stage,
    "codes": _codes,
    "treaty": _treaty,
    "standing": _standing,
}
