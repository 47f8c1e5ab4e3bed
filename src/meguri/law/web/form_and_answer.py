"""What the page shows beside the verdict itself: the form's choices, and words for codes of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from meguri.kit.words import Words, active, plain
from meguri.law import groups, tables
from meguri.law.asking.clocks import DAY_KINDS, length_of
from meguri.law.asking.model import VERDICT_WORDS, Alternative, ConsentNeed, Deadline, Ground, Question, Verdict
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import Law
from meguri.law.citing import citation, cited_law
from meguri.law.otherwise.remedies import remedies
from meguri.law.web.asking import facts_of, query_of, written

KINDS: Mapping[str, Words] = {
    "fraction": Words("Fractions and parts"),
    "equipment": Words("Whole equipment"),
    "battery": Words("Batteries"),
    "vehicle": Words("Vehicles"),
    "metal": Words("Metal scrap"),
    "residue": Words("Residues"),
}
FIRST_FACTS = ("hazardous", "importer_certified", "recycler_certified", "facility_authorised", "facility_preconsented")
REUSE_FACTS = ("purpose", "function_tested", "test_record", "packed", "invoice", "contract", "defects")

TONES: Mapping[str, str] = {
    "prohibited": "stop",
    "illegal_takeback": "stop",
    "invalid_application": "stop",
    "allowed_pic": "wait",
    "no_procedure_yet": "stop",
    "allowed_national_licence": "wait",
    "allowed_green": "good",
    "allowed_not_controlled": "good",
    "allowed_not_waste": "good",
}


def tone(answer: Verdict) -> str:
    """The tone of an answer: what waits for a ruling is never shown as open."""
    said = TONES[answer.verdict]
    return "wait" if answer.status == "needs_ruling" and said == "good" else said


CAPACITIES: Mapping[str, Words] = {
    "export": Words("Export"),
    "import": Words("Import"),
    "transit": Words("Transit"),
    "approval": Words("Approval"),
    "informed": Words("Informed only"),
}
ASKED: Mapping[str, Words] = {
    "export": Words("export", context="asked"),
    "import": Words("import", context="asked"),
    "transit": Words("transit", context="asked"),
    "approval": Words("approval", context="asked"),
    "informed": Words("informed only", context="asked"),
}
"""What an authority is asked for, within a sentence."""
FORMS: Mapping[str, Words] = {
    "written": Words("in writing"),
    "tacit": Words("tacit if silent"),
    "acknowledgement": Words("Acknowledgment of Consent"),
    "notice": Words("notice"),
}
SIDES: Mapping[str, Words] = {
    "origin": Words("origin"),
    "destination": Words("destination"),
    "both": Words("both ends"),
}
TERMS_OF: Mapping[str, str] = {
    "prohibited": "",
    "allowed_pic": "PIC",
    "allowed_green": "green",
}


@dataclass(frozen=True)
class FormChoice:
    """One choice of a select: its value, its words, whether it is taken."""

    value: str
    words: Words
    taken: bool = False


@dataclass(frozen=True)
class ChoiceGroup:
    """Choices under one head."""

    head: Words
    choices: tuple[FormChoice, ...]


@dataclass(frozen=True)
class FactField:
    """One fact of the form: a choice of values, or a text to fill in."""

    name: str
    label: Words
    hint: str
    kind: str
    choices: tuple[FormChoice, ...]
    value: str


def streams(taken: str) -> SafeString:
    """The options of a select of streams, by kind."""
    return _options(_streams, taken)


def economies(taken: str) -> SafeString:
    """The options of a select of economies: those of the network first, then all by name."""
    return _options(_economies, taken)


def operations(taken: str) -> SafeString:
    """The options of a select of recovery and disposal operations."""
    return _options(_operations, taken)


Choices = Callable[[], tuple[ChoiceGroup, ...]]


def _options(choices: Choices, taken: str) -> SafeString:
    markup = _rendered(choices, active(), Law.load().digest)
    if not taken:
        return markup
    option = format_html('<option value="{}"', taken)
    return mark_safe(markup.replace(f"{option}>", f"{option} selected>", 1))  # noqa: S308 - both are escaped


@lru_cache(maxsize=64)
def _rendered(choices: Choices, language: str, digest: str) -> SafeString:
    """All of a list but the mark of the one that is taken: hundreds of names, the same for everybody."""
    return render_to_string("law/groups.html", {"groups": choices()})


def _streams() -> tuple[ChoiceGroup, ...]:
    return tuple(
        ChoiceGroup(
            words,
            tuple(FormChoice(slug, stream.name) for slug, stream in tables.streams().items() if stream.kind == kind),
        )
        for kind, words in KINDS.items()
    )


def _economies() -> tuple[ChoiceGroup, ...]:
    known, first = tables.parties(), tables.usual("often asked")

    def choice(code: str) -> FormChoice:
        return FormChoice(code, Words("{name} ({place})").format(name=known[code].name, place=code))

    rest = sorted(
        (code for code in groups.states() if code not in first),
        key=lambda code: known[code].name.say(),
    )
    return (
        ChoiceGroup(Words("Often asked"), tuple(choice(code) for code in first)),
        ChoiceGroup(Words("All others"), tuple(choice(code) for code in rest)),
    )


def _operations() -> tuple[ChoiceGroup, ...]:
    return tuple(
        ChoiceGroup(
            head,
            tuple(
                FormChoice(code, Words("{name}: {said}").format(name=code, said=operation.words))
                for code, operation in tables.operations().items()
                if operation.kind == kind
            ),
        )
        for kind, head in (("R", Words("Recovery", context="of waste")), ("D", Words("Disposal")))
    )


def facts(given: QueryDict) -> tuple[tuple[FactField, ...], tuple[FactField, ...], tuple[FactField, ...]]:
    """The facts that are asked first, those of reuse, and all others."""
    said = dict(part.partition("=")[::2] for part in facts_of(given))
    made = {name: _field(name, said.get(name, "").strip()) for name in tables.fact_vocabulary()}
    first = tuple(made[name] for name in FIRST_FACTS)
    reuse = tuple(made[name] for name in REUSE_FACTS)
    rest = tuple(field for name, field in made.items() if name not in (*FIRST_FACTS, *REUSE_FACTS))
    return first, reuse, rest


VALUES: Mapping[str, Words] = {
    "true": Words("yes"),
    "false": Words("no"),
    "unknown": Words("not known"),
    "recovery": Words("recovery"),
    "reuse": Words("reuse"),
    "disposal": Words("disposal"),
    "single": Words("single"),
    "general": Words("general"),
    "none": Words("none"),
    "seized": Words("seized"),
    "failed": Words("could not be completed"),
    "exporter": Words("exporter"),
    "importer": Words("importer"),
    "other": Words("somebody else or nobody"),
    "lithium-ion": Words("lithium-ion"),
    "lead-acid": Words("lead-acid"),
    "nickel-metal-hydride": Words("nickel-metal hydride"),
    "analysis": Words("analysis in a laboratory"),
    "repair": Words("repair"),
    "warranty": Words("return under warranty"),
    "refurbishment": Words("refurbishment"),
    "product": Words("product"),
    "waste": Words("waste", context="status"),
    "origin-authority": Words("authority of the State of export"),
    "destination-authority": Words("authority of the State of import"),
    "laboratory": Words("laboratory"),
}


def _field(name: str, value: str) -> FactField:
    fact = tables.fact_vocabulary()[name]
    values = list(tables.streams()) if fact.kind == "stream" else list(fact.values)
    if fact.kind in ("number", "amount", "year", "text", "shares", "date"):
        return FactField(name, fact.label, fact.meaning, fact.kind, (), value)
    if fact.kind == "bool":
        values = ["true", "false"]

    def words(option: str) -> Words:
        return tables.streams()[option].name if fact.kind == "stream" else VALUES.get(option, plain(option))

    choices = tuple(FormChoice(f"{name}={option}", words(option), option == value) for option in values)
    return FactField(name, fact.label, fact.meaning, "choice", choices, value)


LEVELS: Mapping[str, str] = {"reg_text_mirror_excerpt": "secondary"}


def level(evidence: str) -> str:
    """The level of the mark for a piece of evidence: a copy of the text counts as secondary."""
    return LEVELS.get(evidence, evidence)


@dataclass(frozen=True)
class AuthorityPart:
    """One authority's part of the answer."""

    need: ConsentNeed
    capacity: Words
    form: Words
    clock: Words | None
    citation: Words
    level: str


def tracks(answer: Verdict) -> tuple[AuthorityPart, ...]:
    """The authorities in the order in which they are asked."""
    return tuple(
        AuthorityPart(
            need,
            CAPACITIES[need.capacity],
            FORMS[need.form],
            _clock(need),
            citation(need.citation),
            level(need.evidence),
        )
        for need in answer.consents
    )


def needs(listed: Iterable[ConsentNeed]) -> tuple[Words, ...]:
    """Authorities and what they are asked for, in few words."""
    return tuple(Words("{name}: {said}").format(name=need.name, said=ASKED[need.capacity]) for need in listed)


def procedures(answer: Verdict) -> tuple[tuple[str, Words], ...]:
    """The procedures with what each is."""
    notes = Law.load().procedures
    return tuple((name, notes[name].words if name in notes else plain("")) for name in answer.procedures)


def _clock(need: ConsentNeed) -> Words | None:
    if need.days is None:
        return None
    kind = DAY_KINDS[need.day_kind or "calendar"]
    event = tables.events()[need.from_event]
    return Words("{days} {kind} from {event}").format(days=need.days, kind=kind, event=event)


@dataclass(frozen=True)
class ShownGround:
    """A ground with its side in words, its citation, and what it says in one line with it."""

    ground: Ground
    side: Words
    level: str
    citation: Words
    line: Words


def grounds(listed: Iterable[Ground]) -> tuple[ShownGround, ...]:
    """Grounds with the side on which they bite."""
    return tuple(_shown_ground(ground) for ground in listed)


def _shown_ground(ground: Ground) -> ShownGround:
    cited = citation(ground.citation)
    line = Words("{name}: {said}").format(name=cited, said=ground.words)
    return ShownGround(ground, _side(ground.side), level(ground.evidence), cited, line)


def _side(side: str) -> Words:
    if side.startswith("transit:"):
        name = tables.parties()[side.split(":")[1]].name
        return Words("transit, {economy}").format(economy=name)
    return SIDES[side]


@dataclass(frozen=True)
class ShownDeadline:
    """A clock in words: what it is for, how long it runs, and both in a line."""

    procedure: str
    words: Words
    length: Words
    line: Words
    citation: Words
    level: str
    lasts: bool


LASTING = frozenset({"exempt", "validity", "period", "life"})
"""Steps that say how long a paper or a consent holds, not by when somebody must act."""


def deadlines(answer: Verdict) -> tuple[ShownDeadline, ...]:
    """The clocks of the answer's procedures; those that `lasts` marks belong with the papers."""
    return tuple(_deadline(item) for item in answer.deadlines)


def _deadline(item: Deadline) -> ShownDeadline:
    length = length_of(item.value, item.day_kind)
    line = Words("{name}: {said}").format(name=item.words, said=length)
    return ShownDeadline(
        item.procedure,
        item.words,
        length,
        line,
        cited_law(item.citation),
        level(item.evidence),
        item.step in LASTING,
    )


@dataclass(frozen=True)
class AlternativeShown:
    """How an alternative's answer differs from the one shown."""

    change: Words
    query: str
    words: Words
    tone: str
    same: bool
    codes: tuple[str, ...]
    starts: tuple[Words, ...]
    ends: tuple[Words, ...]
    added: tuple[Words, ...]
    dropped: tuple[Words, ...]
    altered: tuple[Words, ...]


def differences(answer: Verdict, listed: Iterable[Alternative]) -> tuple[AlternativeShown, ...]:
    """For each alternative: its verdict, and which procedures and authorities come, go or ask in another form."""
    return tuple(_difference(answer, item) for item in listed)


def _difference(answer: Verdict, item: Alternative) -> AlternativeShown:
    stopped = item.verdict == "prohibited"
    before = {(need.authority, need.capacity): need for need in answer.consents}
    then = verdict(item.question).consents
    altered = tuple(
        Words("{name}: {said}").format(name=need.name, said=FORMS[need.form])
        for need in then
        if (old := before.get((need.authority, need.capacity))) and (old.form, old.days) != (need.form, need.days)
    )
    return AlternativeShown(
        item.change,
        query_of(item.question),
        VERDICT_WORDS[item.verdict],
        TONES[item.verdict],
        item.verdict == answer.verdict,
        item.codes,
        () if stopped else _named(name for name in item.procedures if name not in answer.procedures),
        () if stopped else _named(name for name in answer.procedures if name not in item.procedures),
        needs(item.added),
        () if stopped else needs(item.dropped),
        altered,
    )


@dataclass(frozen=True)
class ShownRemedy:
    """One or two changes that would make the movement lawful, with the answer that they lead to."""

    changes: tuple[Words, ...]
    query: str
    words: Words
    tone: str
    needs: tuple[Words, ...]


def shown_remedies(question: Question) -> tuple[ShownRemedy, ...]:
    """What would make a movement lawful that is not."""
    return tuple(
        ShownRemedy(
            remedy.changes,
            query_of(remedy.question),
            VERDICT_WORDS[remedy.answer.verdict],
            TONES[remedy.answer.verdict],
            needs(remedy.answer.consents),
        )
        for remedy in remedies(question)
    )


def _named(ids: Iterable[str]) -> tuple[Words, ...]:
    notes = Law.load().procedures
    return tuple(notes[name].words if name in notes else plain(name) for name in ids)


def given_facts(question: Question) -> tuple[Words, ...]:
    """The facts of the question in words, for an answer on paper."""
    vocabulary = tables.fact_vocabulary()
    found = []
    for name, value in sorted(question.facts.items()):
        words = VALUES.get(written(value), plain(written(value)))
        found.append(Words("{name}: {said}").format(name=vocabulary[name].label, said=words))
    return tuple(found)


EXAMPLES: tuple[tuple[Words, str], ...] = (
    (
        Words(
            "Circuit boards, Malaysia to Japan, through a certified importer",
        ),
        "from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-10-01"
        "&fact=hazardous%3Dunknown&fact=importer_certified%3Dtrue&fact=recycler_certified%3Dtrue",
    ),
    (
        Words("Circuit boards that are not hazardous, United States to Japan"),
        "from=USA&to=JPN&stream=circuit-boards&operation=R4&on=2025-02-15"
        "&fact=hazardous%3Dfalse&fact=rcra_hazardous%3Dfalse",
    ),
    (
        Words("Circuit boards, United States to Malaysia"),
        "from=USA&to=MYS&stream=circuit-boards&operation=R4&on=2025-02-01&fact=hazardous%3Dfalse",
    ),
    (
        Words("Mixed household e-waste, Japan to Thailand"),
        "from=JPN&to=THA&stream=mixed-household-e-waste&operation=R4&on=2025-09-01&fact=hazardous%3Dtrue",
    ),
    (
        Words("Lithium-ion packs of vehicles, India to Japan"),
        "from=IND&to=JPN&stream=lithium-ion-packs&operation=R4&on=2025-05-01&fact=hazardous%3Dtrue",
    ),
)
"""Questions to begin with."""


def route_of(question: Question) -> tuple[Words, ...]:
    """Names along the way."""
    return tuple(tables.parties()[e].name for e in (question.origin, *question.via, question.destination))
