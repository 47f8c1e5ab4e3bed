"""What the law library shows: economies and instruments with their rules, duties, authorities, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.text import slugify

from meguri.kit.problems import N_, NotFound, Problem, nearest
from meguri.kit.words import Words, listed
from meguri.law import duties, groups, tables
from meguri.law.asking import naming
from meguri.law.body.packs import Law
from meguri.law.body.rulebook import Rule
from meguri.law.citing import citation
from meguri.law.web.form_and_answer import level

DIRECTIONS: Mapping[str, Words] = {
    "import": Words("Import"),
    "export": Words("Export"),
    "transit": Words("Transit"),
    "pair": Words("Both ends"),
}
EFFECTS: Mapping[str, Words] = {
    "prohibited": Words("prohibited"),
    "consent": Words("consent needed"),
    "notice": Words("notice"),
    "green": Words("green procedure"),
    "not_controlled": Words("not controlled"),
    "not_waste": Words("not waste"),
    "ruling": Words("for the authority to rule"),
    "controls": Words("agreement that governs"),
    "free": Words("free movement"),
    "invalid": Words("application not valid"),
    "takeback": Words("take-back"),
    "national": Words("national definition"),
    "sets": Words("condition of other rules"),
    "read": Words("read: asks for nothing"),
    "licence": Words("national licence or declaration needed"),
    "no_procedure": Words("no procedure exists yet"),
    "unread": Words("not read: ask the authority"),
}
EFFECT_TONES: Mapping[str, str] = {
    "prohibited": "stop",
    "invalid": "stop",
    "takeback": "stop",
    "consent": "wait",
    "notice": "wait",
    "ruling": "wait",
    "licence": "wait",
    "unread": "wait",
    "no_procedure": "stop",
    "sets": "note",
    "read": "note",
    "controls": "note",
    "national": "note",
}
KIND_WORDS: Mapping[str, Words] = {
    "treaty": Words("Treaties and decisions between States"),
    "union": Words("Law of unions of States"),
    "national": Words("National law"),
    "bilateral": Words("Agreements between two economies"),
    "guidance": Words("Guidance and practice"),
    "draft": Words("Drafts"),
}
DUTY_STATES: Mapping[str, Words] = {
    "in_force": Words("in force", context="of a law"),
    "draft": Words("draft, binds nobody"),
    "target": Words("target, no duty of its own"),
}
STATES: Mapping[str, Words] = {
    "now": Words("in force", context="of a rule"),
    "ahead": Words("to come"),
    "past": Words("repealed"),
}


@dataclass(frozen=True)
class ShownRule:
    """A rule of a pack as a line of the library."""

    id: str
    words: Words
    effect: Words
    tone: str
    since: date | None
    until: date | None
    state: str
    state_words: Words
    citation: Words
    title: Words
    slug: str
    whom: Words
    assumes: str
    level: str
    source: str


@dataclass(frozen=True)
class Direction:
    """The rules of one direction."""

    key: str
    words: Words
    rules: tuple[ShownRule, ...]


def slug_of(instrument: str) -> str:
    """The id of an instrument in an address."""
    return slugify(instrument)


def own_rules(economy: str, law: Law, on: date) -> tuple[Rule, ...]:
    """The rules of an economy's own pack, and those of other packs that name it."""
    pack = law.pack_of(economy, on)
    named = {economy, tables.parties()[economy].law_of} - {""}
    return tuple(rule for rule in law.rules if rule.pack == pack or named & set(rule.economies))


def state_of(since: date | None, until: date | None, on: date) -> str:
    """Whether something is in force on a day, to come, or past."""
    if since and on < since:
        return "ahead"
    return "past" if until and until < on else "now"


def shown(rule: Rule, on: date) -> ShownRule:
    """A rule as a line."""
    state = state_of(rule.effective_from, rule.effective_to, on)
    return ShownRule(
        rule.id,
        rule.words,
        EFFECTS[rule.effect],
        EFFECT_TONES.get(rule.effect, "good"),
        rule.effective_from,
        rule.effective_to,
        state,
        STATES[state],
        citation(rule.citation),
        duties.title(rule.instrument).words,
        slug_of(rule.instrument),
        whom(rule.economies),
        "=".join(rule.assumes or ()),
        level(rule.evidence),
        rule.source,
    )


def whom(selectors: Iterable[str]) -> Words:
    """Whom a rule binds, in words."""
    said = [_selector(selector) for selector in selectors]
    if not said:
        return Words("every economy")
    return listed(said)


def _selector(selector: str) -> Words:
    parts = []
    for atom in selector.split("+"):
        bare = atom.lstrip("!")
        words = groups.groups()[bare].words if bare.startswith("@") else tables.parties()[bare].name
        parts.append(Words("not {whom}").format(whom=words) if atom.startswith("!") else words)
    return listed(parts, Words(" and ", context="whom"))


def by_direction(rules: Iterable[Rule], on: date) -> tuple[Direction, ...]:
    """Rules by direction: in force first, then to come, then repealed; within each the latest first."""
    order = {"now": 0, "ahead": 1, "past": 2}
    every = list(rules)
    found = []
    for key, words in DIRECTIONS.items():
        lines = [shown(rule, on) for rule in every if rule.direction == key]
        lines.sort(key=lambda line: (order[line.state], -(line.since or date.min).toordinal(), line.id))
        if lines:
            found.append(Direction(key, words, tuple(lines)))
    return tuple(found)


@dataclass(frozen=True)
class ShownDuty:
    """A duty at home as a line."""

    product: Words
    scheme: Words
    state: Words
    since: str
    ahead: bool
    targets: Words
    instrument: Words
    level: str
    source: str


def duties_of(economy: str, on: date) -> tuple[ShownDuty, ...]:
    """The duties at home of an economy, those of a union for its members as well."""
    return tuple(
        ShownDuty(
            duty.product,
            duty.scheme,
            DUTY_STATES[duty.state],
            duty.since,
            duty.starts is not None and duty.starts > on,
            duty.targets,
            duty.instrument,
            level(duty.evidence),
            duty.source,
        )
        for duty in duties.duties()
        if duty.economy in laws_of(economy, on)
    )


def laws_of(economy: str, on: date) -> tuple[str, ...]:
    """The codes under which an economy's law stands in the tables: its own, and a union's for its members."""
    party = tables.parties()[economy]
    codes = [economy, *([party.law_of] if party.law_of else [])]
    unions = (union for union, group in groups.unions().items() if groups.matches(group, economy, on))
    return tuple(dict.fromkeys((*codes, *unions)))


def licences(economy: str, law: Law, on: date) -> tuple[ShownRule, ...]:
    """The rules that encode national law asking for a licence, evidence or conditions."""
    ids = {
        rule_id
        for row in duties.national_rules()
        if row.economy in laws_of(economy, on) and row.rule in ("licence", "evidence", "conditions")
        for rule_id in row.encoded_as
    }
    return tuple(shown(rule, on) for rule in law.rules if rule.id in ids)


def left_out(economy: str, on: date) -> tuple[Words, ...]:
    """What of national law no rule encodes, with its instrument."""
    said = (
        Words("{left_out} ({instrument})").format(left_out=row.left_out, instrument=citation(row.instrument))
        for row in duties.national_rules()
        if row.economy in laws_of(economy, on) and row.left_out
    )
    return tuple(dict.fromkeys(said))


@dataclass(frozen=True)
class StandingLine:
    """One line on an economy's standing: to what, since when, or that it does not hold."""

    what: Words
    holds: Words
    tone: str
    since: date | None


YES = Words("yes")
NO = Words("no")
UNKNOWN = Words("not known")


def standing(economy: str, on: date) -> tuple[StandingLine, ...]:
    """How an economy stands to the treaties on a day."""
    found = []
    for group in groups.groups().values():
        if not group.standing:
            continue
        holds = groups.matches(group.name, economy, on)
        unknown = bool(group.doubt) and groups.matches(group.doubt, economy, on)
        found.append(
            StandingLine(
                group.standing,
                UNKNOWN if unknown else YES if holds else NO,
                "note" if unknown or not holds else "good",
                groups.since(group.name, economy) if holds else None,
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class EconomyShelf:
    """An economy in the index of the library."""

    code: str
    name: Words
    now: int
    ahead: int
    past: int
    duties: int
    recalled: int


def shelves(law: Law, on: date) -> tuple[EconomyShelf, ...]:
    """Economies whose own law is on file, those of the network first."""
    unions = groups.unions()
    codes = [code for code in tables.usual("often asked") if code in law.covered]
    codes += sorted(code for code in law.covered if code not in codes and code not in unions)
    return tuple(_shelf(code, law, on) for code in (*codes, *(code for code in unions if code in law.covered)))


def _shelf(code: str, law: Law, on: date) -> EconomyShelf:
    rules = own_rules(code, law, on)
    states = [state_of(rule.effective_from, rule.effective_to, on) for rule in rules]
    return EconomyShelf(
        code,
        tables.parties()[code].name,
        states.count("now"),
        states.count("ahead"),
        states.count("past"),
        len(duties_of(code, on)),
        sum(rule.evidence == "memory" for rule in rules),
    )


@dataclass(frozen=True)
class ShownInstrument:
    """An instrument in the index."""

    slug: str
    title: Words
    rules: int
    level: str


def instruments(law: Law) -> Iterator[tuple[Words, tuple[ShownInstrument, ...]]]:
    """The instruments on file by kind of law."""
    held: dict[str, list[Rule]] = {}
    for rule in law.rules:
        held.setdefault(rule.instrument, []).append(rule)
    for kind, words in KIND_WORDS.items():
        names = sorted(name for name in held if duties.title(name).kind == kind)
        if names:
            yield (
                words,
                tuple(
                    ShownInstrument(slug_of(name), duties.title(name).words, len(held[name]), _weakest(held[name]))
                    for name in names
                ),
            )


ORDER = ("memory", "secondary", "reg_text_mirror_excerpt", "official_page_excerpt", "primary_text")


def _weakest(rules: Iterable[Rule]) -> str:
    return level(min((rule.evidence for rule in rules), key=ORDER.index))


def instrument(slug: str, law: Law) -> tuple[Words, Words, tuple[Rule, ...]]:
    """Title, kind and rules of an instrument. Raises NotFound for an id that none has."""
    names = {slug_of(rule.instrument): rule.instrument for rule in law.rules}
    name = names.get(slug)
    if name is None:
        raise NotFound(
            Problem(
                N_("There is no instrument “{word}” on file. The library lists those that are."),
                "",
                "instrument",
                {"word": slug[:80]},
            )
        )
    found = duties.title(name)
    return found.words, KIND_WORDS[found.kind], tuple(rule for rule in law.rules if rule.instrument == name)


def economy_of(word: str, pointer: str = "/economy") -> str:
    """The code of an economy in an address. Raises NotFound naming the nearest code."""
    if code := naming.code_of("economy", word):
        return code
    word = naming.narrow(word)
    close = nearest(word.upper(), naming.known("economy"), naming.economies_first())
    text = (
        N_("“{word}” is not a known economy. Did you mean “{close}”?")
        if close
        else N_("“{word}” is not a known economy. Use its ISO 3166 code of three letters, such as MYS.")
    )
    raise NotFound(Problem(text, pointer, "economy", {"word": word[:64], "close": close}))
