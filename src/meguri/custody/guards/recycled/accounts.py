"""What must hold before an account of recycled content is opened, booked or closed; what was booked stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from meguri.custody import acts as custody_acts
from meguri.custody.claims import acts, measuring
from meguri.custody.claims.marks import booked_g, claimed_g
from meguri.custody.claims.states import (
    MILLION,
    AccountKey,
    ClaimAccountState,
    MeasuredFactor,
    SiteAccountsState,
)
from meguri.custody.claims.vocabulary import ClaimModel, definitions, groups, models, sources
from meguri.custody.guards import masses, store
from meguri.custody.guards.recycled.content import own_account, unproven, upward, within
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotFound, Problem, refuse
from meguri.movement import acts as moving
from meguri.movement import course
from meguri.movement.states import Consigned, LotMass
from meguri.registry import rights
from meguri.registry.states import FacilityState

DIGEST = re.compile(r"(?:[0-9a-f]{64})?")


def _key(key: AccountKey) -> ClaimModel:
    """The model of an account; refuses what its key cannot be."""
    for name, value, known in (
        ("group", key.group, groups()),
        ("definition", key.definition, definitions()),
        ("model", key.model, models()),
    ):
        if value not in known:
            raise refuse(
                N_("“{value}” is not known here. One of: {known}."),
                f"/body/key/{name}",
                name,
                value=value,
                known=", ".join(known),
            )
    allowed = definitions()[key.definition].elements
    if key.element not in groups()[key.group].elements:
        raise refuse(
            N_("{element} is not of the product group {group}."),
            "/body/key/element",
            "group",
            element=key.element,
            group=groups()[key.group].name,
        )
    if allowed and key.element not in allowed:
        raise refuse(
            N_("By {definition} only these count: {elements}."),
            "/body/key/element",
            "definition",
            definition=definitions()[key.definition].name,
            elements=", ".join(allowed),
        )
    return models()[key.model]


@guard("custody.open_account")
def opened_by_its_site(world: World, act: Act, body: acts.OpenAccount, at: Instants) -> None:
    """A smelter opens an account for a site of its own, for a period that no other of the same key shares."""
    rights.require(world, act, at, {"smelter"})
    store.new_id(world, "content", body.account, "/body/account")
    site = world.get(f"facility:{body.facility}", FacilityState)
    if site is None or site.organisation != act.actor:
        raise NotFound(
            Problem(
                N_("You have no facility {facility}."),
                "/body/facility",
                "unknown-facility",
                {"facility": body.facility},
            )
        )
    model = _key(body.key)
    if body.ends < body.begins:
        raise refuse(N_("The period ends before it begins."), "/body/ends", "period")
    if model.period_days is not None and (body.ends - body.begins).days >= model.period_days:
        raise refuse(
            N_("The period of this model is at most {days} days."), "/body/ends", "period", days=model.period_days
        )
    others = world.get(acts.site_subject(body.facility), SiteAccountsState)
    for span in others.accounts if others else ():
        if span.key == body.key and span.begins <= body.ends and body.begins <= span.ends:
            raise Conflict(
                Problem(
                    N_("The period overlaps that of another account of the same kind, from {begins} to {ends}."),
                    "/body/begins",
                    "overlap",
                    {"begins": span.begins.isoformat(), "ends": span.ends.isoformat()},
                )
            )
    _factor(world, act, body, model)


def _factor(world: World, act: Act, body: acts.OpenAccount, model: ClaimModel) -> None:
    if not 0 <= body.factor_ppm <= MILLION:
        raise refuse(N_("A conversion factor lies between 0 and 1."), "/body/factor_ppm", "factor")
    if body.follows:
        before = world.need(acts.account_subject(body.follows), ClaimAccountState, "/body/follows")
        same = (before.owner, before.facility, before.key) == (act.actor, body.facility, body.key)
        if not same or before.closed_at is None or before.carried_to or before.ends >= body.begins:
            raise refuse(
                N_("An account follows one of the same kind that was closed before, and that no other follows."),
                "/body/follows",
                "follows",
            )
        if not 0 <= body.carried_g <= before.balance_g:
            raise refuse(
                N_("{left} kg was left; {asked} kg cannot be carried over."),
                "/body/carried_g",
                "carried",
                left=to_kg(before.balance_g),
                asked=to_kg(body.carried_g),
            )
        found = before.found or measuring.NOTHING
    else:
        if body.carried_g:
            raise refuse(N_("Only a balance that was closed is carried over."), "/body/carried_g", "carried")
        found = _measured(world, act, body.facility, body.key.element, body.charges, date.min, body.begins)
        if body.measured != found:
            raise refuse(
                N_("These charges gave {out} kg of {into} kg."),
                "/body/measured",
                "measured",
                out=to_kg(found.out_g),
                into=to_kg(found.in_g),
            )
    if model.kind == "account" and body.factor_ppm > found.ppm:
        raise refuse(
            N_("The last period gave {right} millionths; {wrong} were never measured."),
            "/body/factor_ppm",
            "factor",
            right=found.ppm,
            wrong=body.factor_ppm,
        )


def _measured(
    world: World,
    act: Act,
    facility: str,
    element: str,
    charges: Sequence[acts.MeasuredCharge],
    begins: date,
    before: date,
) -> MeasuredFactor:
    """The factor that charges of the actor gave at a site from a day on and before another."""
    masses.once([one.event for one in charges], "/body/charges")
    rows = []
    for index, one in enumerate(charges):
        pointer = f"/body/charges/{index}"
        event = world.get(f"event:{one.event}", EventState)
        inside = event is not None and begins <= course.local_day(event.economy, event.at) < before
        if event is None or event.actor != act.actor or event.facility != facility or not inside:
            raise refuse(
                N_("There is no charge {event} of yours at this site in that time."),
                pointer,
                "charge",
                event=one.event,
            )
        output = world.get(f"lot:{one.output}", LotState)
        went = {part.lot for part in event.inputs}
        made = one.output in {part.lot for part in event.outputs}
        if not made or set(one.inputs) != went or output is None or element_of(output.stream) != element:
            raise refuse(
                N_("Name all that went into {event}, and the {element} that came out."),
                pointer,
                "charge",
                event=one.event,
                element=element,
            )
        rows.append((event, {lot: world.need(f"lot:{lot}", LotState) for lot in one.inputs}, one.output))
    found = measuring.factor(rows, element)
    if found is None:
        raise unproven("/body/charges", element)
    return found


@guard("custody.book")
def booked_as_it_arrived(world: World, act: Act, body: acts.BookArrivals, at: Instants) -> None:
    """What physically arrived at the site is booked, each gram once, by what an assay says of it."""
    account = own_account(world, act, body.account, at)
    model, definition = models()[account.key.model], definitions()[account.key.definition]
    if not body.lots:
        raise refuse(N_("Name at least one lot."), "/body/lots", "empty")
    masses.once([one.lot for one in body.lots], "/body/lots")
    for index, one in enumerate(body.lots):
        pointer = f"/body/lots/{index}"
        lot = store.lot(world, one.lot, f"{pointer}/lot")
        store.owned(lot, act, one.lot, f"{pointer}/lot")
        within(account, lot.economy, at)
        if lot.facility != account.facility or not (lot.previous or lot.came_from):
            raise refuse(
                N_("Lot {lot} did not arrive at this site; only what arrived counts."),
                f"{pointer}/lot",
                "arrived",
                lot=one.lot,
            )
        masses.check(one.grams, f"{pointer}/grams")
        free = lot.mass_g - booked_g(lot)
        if one.grams > free:
            raise Conflict(
                Problem(
                    N_("Of lot {lot}, {free} kg is not booked to any account; {asked} kg cannot be."),
                    f"{pointer}/grams",
                    "booked",
                    {"lot": one.lot, "free": to_kg(max(0, free)), "asked": to_kg(one.grams)},
                )
            )
        if one.source not in sources():
            raise refuse(
                N_("“{value}” is not known here. One of: {known}."),
                f"{pointer}/source",
                "source",
                value=one.source,
                known=", ".join(sources()),
            )
        if model.kind == "physical" and one.source not in definition.counts:
            raise refuse(
                N_("By {definition} this source does not count, and by {model} nothing else may be among it."),
                f"{pointer}/source",
                "source",
                definition=definition.name,
                model=model.name,
            )
        upward(lot, one.lot, model, f"{pointer}/lot")
        right = measuring.contained_g(lot, account.key.element, one.grams)
        if right is None:
            raise unproven(f"{pointer}/lot", account.key.element, one.lot)
        if one.contained_g != right:
            raise refuse(
                N_("By its assay lot {lot} contains {right} kg, not {wrong} kg."),
                f"{pointer}/contained_g",
                "contained",
                lot=one.lot,
                right=to_kg(right),
                wrong=to_kg(one.contained_g),
            )


@guard("custody.close_account")
def closed_after_its_period(world: World, act: Act, body: acts.CloseAccount, at: Instants) -> None:
    """An account is closed after its last day, with what its charges gave."""
    account = own_account(world, act, body.account, at)
    if at.counts.date() <= account.ends:
        raise Conflict(Problem(N_("The period is not over."), "/body/account", "early"))
    if not DIGEST.fullmatch(body.digest):
        raise refuse(N_("A digest is 64 hexadecimal digits."), "/body/digest", "digest")
    after = date.fromordinal(account.ends.toordinal() + 1)
    found = _measured(world, act, account.facility, account.key.element, body.charges, account.begins, after)
    if body.measured != found:
        raise refuse(
            N_("These charges gave {out} kg of {into} kg."),
            "/body/measured",
            "measured",
            out=to_kg(found.out_g),
            into=to_kg(found.in_g),
        )


@guard("custody.correct")
def corrected_above_what_is_booked_and_claimed(
    world: World, act: Act, body: custody_acts.Correct, at: Instants
) -> None:
    """A correction leaves what was booked, and what is claimed."""
    state = store.lot(world, body.lot, "/body/lot")
    least = max(booked_g(state), claimed_g(state))
    if body.grams < least:
        raise Conflict(
            Problem(
                N_("{least} kg of lot {lot} is booked or claimed of as recycled."),
                "/body/grams",
                "claimed",
                {"lot": body.lot, "least": to_kg(least)},
            )
        )


def _stays(world: World, lots: Iterable[LotMass | Consigned]) -> None:
    """What was booked at a site is used there: elsewhere it could be booked again."""
    for index, part in enumerate(lots):
        state = store.lot(world, part.lot, f"/body/lots/{index}/lot")
        if state.booked:
            raise Conflict(
                Problem(
                    N_("Lot {lot} was booked to an account of recycled content; it is used at its site."),
                    f"/body/lots/{index}/lot",
                    "booked",
                    {"lot": part.lot},
                )
            )


@guard("custody.dispatch")
def what_was_booked_is_not_sent(world: World, act: Act, body: custody_acts.Dispatch, at: Instants) -> None:
    """What was booked stays."""
    _stays(world, body.lots)


@guard("movement.plan")
def what_was_booked_is_not_planned(world: World, act: Act, body: moving.Plan, at: Instants) -> None:
    """What was booked stays."""
    _stays(world, body.lots)


@guard("movement.depart")
def what_was_booked_does_not_depart(world: World, act: Act, body: moving.Depart, at: Instants) -> None:
    """What was booked stays."""
    _stays(world, body.lots)
