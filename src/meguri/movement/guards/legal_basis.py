"""Whether what a movement names allows it to move: a case with its consents, or a verdict that asks for none.

Pure but for the law: says every reason, with figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypedDict

from meguri import law
from meguri.consent.acts import verdict_digest
from meguri.consent.case import permission, resting
from meguri.consent.case.notification import check_law
from meguri.consent.guards.case import complete_list, resting_states, tracks_in
from meguri.consent.states import AccountState, DossierState, GuaranteeState, TrackState, without_silence
from meguri.journal.act import Act, Instants
from meguri.journal.subject import home
from meguri.journal.world import World
from meguri.kit.grams import MOST_G, to_kg
from meguri.kit.problems import N_, Conflict, Problem, refuse
from meguri.movement import acts
from meguri.movement.states import Allowed, Consigned, CountedUse, LotMass, Permission
from meguri.procedure import engine
from meguri.registry import proofs
from meguri.registry.states import FacilityState, LicenceState, LicenceUseState, OrganisationState, period_of

OF_VERDICT: Mapping[str, tuple[Allowed, ...]] = {
    "allowed_pic": ("consent",),
    "allowed_green": ("annex_vii", "declaration"),
    "allowed_national_licence": ("declaration", "annex_vii"),
    "allowed_not_controlled": ("not_controlled", "declaration", "annex_vii"),
    "allowed_not_waste": ("not_controlled", "declaration"),
}
"""What may allow a movement, by the verdict on it; the first is the usual one."""


def masses(lots: Sequence[LotMass | Consigned], pointer: str = "/lots") -> Iterator[Problem]:
    """What is wrong with the lots of a document: none, one twice, a mass that cannot be."""
    if not lots:
        yield Problem(N_("Choose at least one lot."), pointer, "required")
    seen: set[str] = set()
    for index, lot in enumerate(lots):
        if lot.lot in seen:
            yield Problem(N_("Lot {lot} is named twice."), f"{pointer}/{index}/lot", "twice", {"lot": lot.lot})
        seen.add(lot.lot)
        if not 0 < lot.grams <= MOST_G:
            yield Problem(
                N_("{mass} kg of lot {lot} is no mass that can be shipped. Write more than zero."),
                f"{pointer}/{index}/grams",
                "mass",
                {"mass": to_kg(lot.grams), "lot": lot.lot},
            )


def decision(
    given: law.Decision, permission: Permission, stream: str, origin: str, destination: str, day: date, until: date
) -> None:
    """Refuse a verdict that is about another movement, that the law does not give on `day` or not until it leaves, or
    that allows otherwise.
    """
    asked = given.question
    if (asked.stream, asked.origin, asked.destination) != (stream, origin, destination):
        raise refuse(N_("The verdict is about another movement."), "/verdict", "verdict")
    if permission.verdict != verdict_digest(given):
        raise refuse(N_("The permission names another verdict."), "/permission/verdict", "verdict")
    check_law(given, day, until)
    able = OF_VERDICT.get(given.verdict, ())
    if given.verdict == "allowed_pic":
        raise Conflict(
            Problem(
                N_("This needs the consents of a case: {words}. Notify it first."),
                "/permission",
                "consent-needed",
                {"words": law.VERDICT_WORDS[given.verdict]},
            )
        )
    if permission.kind not in able:
        raise Conflict(
            Problem(
                N_("The verdict is “{words}”; that does not let it move on “{kind}”."),
                "/permission",
                "verdict",
                {"words": law.VERDICT_WORDS[given.verdict], "kind": permission.kind},
            )
        )
    if permission.kind in ("annex_vii", "declaration") and not permission.number.strip():
        raise refuse(N_("Write the number of the document."), "/permission/number", "required")


def of_case(
    world: World,
    act: Act,
    case: str,
    dossier: DossierState,
    listed: Sequence[str],
    also: Sequence[str],
    at: Instants,
    day: date,
    pointer: str,
) -> Iterator[Problem]:
    """Why the parts of a case forbid a movement at this instant, on this day. Conflict for a list that is not that of
    the case, with what is to be listed `also`.
    """
    complete_list(dossier, case, listed, also, here=act.node)
    tracks = tracks_in(world, case, dossier, here=act.node)
    yield from at.wrong(lambda instant: permission.consents(dossier, tracks, instant))
    yield from permission.dates(dossier, tracks, day, pointer)
    known = resting_states(world, dossier)
    guarantees = {id: world.get(f"guarantee:{id}", GuaranteeState) for id in dossier.guarantees}
    yield from at.wrong(lambda instant: resting.stopped(dossier, known, instant))
    yield from permission.guaranteed(guarantees, day)


def licences_in(rests_on: Iterable[str]) -> tuple[str, ...]:
    """The licences, by bare id, among what an act rests on."""
    return tuple(name.partition(":")[2] for name in rests_on if name.startswith("licence:"))


def counted(licences: Mapping[str, LicenceState | None], day: date, at: Instants) -> tuple[CountedUse, ...]:
    """On the quantity of which of these licences a movement of a day counts, and in which period."""
    found = ((id, resting.most(state, at.recorded)) for id, state in licences.items())
    return tuple(sorted(CountedUse(id, period_of(scope.per, day)) for id, scope in found if scope is not None))


def within(
    world: World,
    ids: Sequence[str],
    uses: Sequence[CountedUse],
    grams: int,
    day: date,
    at: Instants,
    *,
    before: Sequence[CountedUse] = (),
    before_g: int = 0,
) -> Iterator[Problem]:
    """Why the quantities of these licences do not allow a movement on a day: with all that was planned under
    them otherwise they are passed; or that the act does not say on which it counts. `before` is on what this
    movement counted already, with so many grams.
    """
    licences = {id: world.get(f"licence:{id}", LicenceState) for id in ids}
    right = counted(licences, day, at)
    if tuple(uses) != right:
        yield Problem(
            N_("This counts on the quantities of these licences: {expected}. Say so, or change the movement first."),
            "/uses",
            "uses",
            {"expected": ", ".join(f"{one.licence} ({one.period})" for one in right) or "-"},
        )
        return
    used = {one.licence: world.get(acts.use_subject(one.licence), LicenceUseState) for one in right}

    periods = {one.licence: one.period for one in right}
    own = {one.licence: before_g for one in before if one in right}
    yield from at.wrong(lambda instant: resting.over_period(licences, used, grams, periods, instant, counted=own))


def no_longer(before: Sequence[CountedUse], after: Sequence[CountedUse], given: Sequence[str]) -> None:
    """Conflict where an act does not name the licences on whose quantity a movement counts no longer."""
    right = sorted({one.licence for one in before} - {one.licence for one in after})
    if list(given) != right:
        raise Conflict(
            Problem(
                N_("Name the licences on whose quantity this counts no longer: {expected}."),
                "/body/freed",
                "uses",
                {"expected": ", ".join(right) or "-"},
            )
        )


def rulings(
    world: World, body: acts.Plan, exporter: str, given: law.Decision, at: Instants, day: date
) -> Iterator[Problem]:
    """Whose ruling is not on record, where the law of the day leaves it to authorities whether this may move.

    A ruling is a licence that an authority of that economy gave one of the holders, for this stream and operation. What
    the verdict says of its own status counts for nothing.
    """
    asked, states = ruling_asked(given), {id: world.get(f"licence:{id}", LicenceState) for id in body.licences}
    holders = (exporter, *resting.holders(body.importer, body.operator, body.facility))
    for economy in law.ruling_of(given, day):
        of_it = ruled_in(economy, states)
        if not all(proofs.proved(proofs.RULED, holders, instant, of_it, **asked) for instant in at.both):
            yield Problem(
                N_(
                    "Whether this may move is for {authority} to say, and no ruling of its own is on record. "
                    "Ask it; it puts its ruling on record as a licence, and the movement names it."
                ),
                "/licences",
                "ruling",
                {"authority": law.authority_name(law.competent(economy)), "economy": economy},
            )


class RulingAsked(TypedDict):
    """What a ruling has to cover."""

    operation: str
    stream: str
    codes: tuple[str, ...]


def ruling_asked(given: law.Decision) -> RulingAsked:
    """What a ruling on the question of a decision has to cover."""
    return {"operation": given.question.operation or "", "stream": given.question.stream, "codes": given.codes}


def ruled_in(economy: str, licences: Mapping[str, LicenceState | None]) -> dict[str, LicenceState | None]:
    """Those of some licences that an authority of an economy gave."""
    authorities = law.authorities()
    return {
        id: state
        for id, state in licences.items()
        if state is not None and state.issued_by in authorities and authorities[state.issued_by].economy == economy
    }


def facts(
    world: World, body: acts.Plan, exporter: str, given: law.Decision, at: Instants, day: date
) -> Iterator[Problem]:
    """What is wrong with the facts on which a verdict without a case rests, and with the licences that prove them."""
    states = {id: world.get(f"licence:{id}", LicenceState) for id in body.licences}
    own = resting.holders(body.importer, body.operator, body.facility)
    holders = (world.get(name, FacilityState if name.startswith("facility:") else OrganisationState) for name in own)
    missing = list(resting.left_out(given, list(holders), body.licences, day))
    missing += at.wrong(lambda instant: resting.unproved(given, own, instant, states, day))
    yield from missing
    if missing:
        return
    ruling = proofs.named(proofs.RULED, (exporter, *own), states)
    strange = [id for id, state in states.items() if (state is None or state.holder not in own) and id not in ruling]
    if strange:
        yield proofs.strange(strange[0], "/licences")
        return
    proved = resting.proved(given, own, at.recorded, states)
    if body.proved != proved:
        yield Problem(
            N_("The licences named prove these facts, no others: {facts}. All others are the exporter's word."),
            "/proved",
            "proved",
            {"facts": ", ".join(proved) or "-"},
        )
    yield from at.wrong(lambda instant: resting.lost(proved, own, states, instant, {}))


def cleared(world: World, clearances: Sequence[str], at: Instants) -> Iterator[Problem]:
    """Which clearances of this very movement are not in."""
    for name in clearances:
        track = world.get(name, TrackState)
        if track is not None and home(name):
            track = without_silence(track)
        if track is None or (track.needed and not all(engine.is_granted(track.course, one) for one in at.both)):
            yield Problem(
                N_("The clearance of this movement is missing: {track}."),
                "/movement",
                "clearance",
                {"track": law.office_name(track.authority) if track else name},
            )


def account_of(world: World, case: str) -> AccountState:
    """The account of a case."""
    return world.need(f"account:{case}", AccountState)
