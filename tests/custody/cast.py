"""Organisations, facilities and a case for tests of custody, with shorthand for its acts."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from meguri import reference
from meguri.consent.states import AccountState
from meguri.custody import acts, folds, guards  # noqa: F401
from meguri.custody.models import Event
from meguri.custody.states import Loss
from meguri.custody.substance import crossing
from meguri.custody.substance.saying import said
from meguri.custody.substance.vocabulary import metal_steps, usual_loss
from meguri.journal.projections.relations import Lies
from meguri.movement import acts as moving
from meguri.movement import course
from meguri.movement.states import Bag, Begins, Consigned, LotMass, MovementState, Permission
from meguri.procedure import states
from meguri.procedure.states import CoursePoint
from meguri.registry.states import FacilityState, LicenceState, OrganisationState, RoleSpan
from memory_record import Record

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
PENANG, SELANGOR, EXPORTER, SMELTER = (f"organisation:{name}" for name in ("penang", "selangor", "exporter", "smelter"))
DOE = "organisation:mys-doe"
PERMIT = "permit"
"""The licence of the smelter's works."""
ROLES = {
    PENANG: ("MYS", "dismantler"),
    SELANGOR: ("MYS", "dismantler"),
    EXPORTER: ("MYS", "exporter"),
    SMELTER: ("JPN", "smelter"),
    DOE: ("MYS", "authority"),
}


def organisation(economy, *roles, **more):
    spans = tuple(RoleSpan(role, datetime(2020, 1, 1, tzinfo=UTC)) for role in roles)
    return OrganisationState(names={"en": "X"}, economy=economy, admitted_on=NOW, roles=spans, **more)


def cast():
    """A record with the cast admitted; each organisation has a facility of its own bare name."""
    record = Record(NOW)
    for who, (economy, role) in ROLES.items():
        record.states[who] = organisation(economy, role)
        name = who.removeprefix("organisation:")
        record.states[f"facility:{name}"] = FacilityState(
            organisation=who,
            names={"en": name},
            economy=economy,
            lat=5.0,
            lon=100.0,
            operations=("R4",) if role == "smelter" else ("R12",),
        )
    record.states[f"licence:{PERMIT}"] = LicenceState(
        holder="facility:smelter", kind="facility-permit", number="P-1", since=datetime(2020, 1, 1, tzinfo=UTC)
    )
    return record


def place(who):
    return {"facility": who.removeprefix("organisation:"), "economy": ROLES[who][0]}


def collect(record, who, lot, grams, stream="mixed-small-e-waste", **more):
    body = acts.Collect(event=f"E-{lot}", lot=lot, stream=stream, grams=grams, **place(who), **more)
    return record.say(who, "custody.collect", body)


def transform(record, who, event, step, inputs, outputs, **more):
    """`inputs` are (lot, grams), `outputs` (lot, stream, grams, contents …).

    A step that needs a licence names the smelter's.
    """
    if step in metal_steps():
        more.setdefault("licences", (PERMIT,))
    if more.get("loss_g") and not more.get("loss_by"):
        more.setdefault("losses", (Loss(usual_loss(step), more["loss_g"]),))
    body = acts.Transform(
        event=event,
        step=step,
        **place(who),
        inputs=tuple(LotMass(*part) for part in inputs),
        outputs=tuple(
            acts.Output(lot=lot, stream=stream, grams=grams, contents=tuple(contents))
            for lot, stream, grams, *contents in outputs
        ),
        **more,
    )
    return record.say(who, "custody.transform", elements_said(record, body))


def elements_said(record, body):
    """The act with what follows for its elements, as the service tells it; as it is where a lot is not on record."""
    names = (part.lot for part in body.inputs)
    states = {name: record.states[f"lot:{name}"] for name in names if record.states.get(f"lot:{name}")}
    return said(body, states, record.states.get(f"process:{body.facility}"))


def dispatch(record, who, event, to, *lots, **more):
    """Lots as (lot, grams). What crosses a border carries what the law says of it today."""
    states = {lot[0]: record.states[f"lot:{lot[0]}"] for lot in lots if record.states.get(f"lot:{lot[0]}")}
    receiver = record.states.get(to)
    if isinstance(receiver, OrganisationState) and receiver.economy in reference.economies():
        more.setdefault("verdict", crossing.asked(states, receiver.economy))
    body = acts.Dispatch(event=event, lots=tuple(LotMass(*lot) for lot in lots), to=to, economy=ROLES[who][0], **more)
    return record.say(who, "custody.dispatch", body)


def bag(lot, grams, accepted=True, reason=""):
    return Bag(lot=lot, received_g=grams, accepted=accepted, reason=reason)


def receive(record, who, event, *bags):
    return record.say(who, "custody.receive", acts.Receive(event=event, bags=bags, **place(who)))


BLANK = course.BLANK
NOTHING = Begins("", "", BLANK)


def consigned(record, lot, grams):
    """A lot as the movement's document has it: as its record describes it."""
    state = record.states.get(f"lot:{lot}")
    said = {name: getattr(state, name) for name in ("origin", "label", "mix", "contents", "basis")} if state else {}
    return Consigned(lot=lot, grams=grams, **said)


def case(record, *lots, status="planned"):
    """A case from exporter to smelter and its movement M1 with these lots, as the record would have them."""
    record.states["account:C1"] = AccountState(exporter=EXPORTER, operator=SMELTER, most=5)
    begins = course.begins("movement", "plan", "MYS", NOW)
    point = CoursePoint(at=NOW, transition="plan", to="planned", actor=EXPORTER, act="a")
    record.states["movement:M1"] = MovementState(
        permission=Permission(kind="consent", case="C1"),
        serial=1,
        exporter=EXPORTER,
        importer=SMELTER,
        operator=SMELTER,
        facility="smelter",
        origin="MYS",
        destination="JPN",
        lots=tuple(consigned(record, *lot) for lot in lots),
        stream="circuit-boards",
        carrier="organisation:carrier",
        conveyance="",
        port_from="MYPEN",
        port_to="JPTAK",
        ports_via=(),
        km=1.0,
        km_source="",
        planned_on=NOW.date(),
        planned_at=NOW,
        planned_by="a",
        course=replace(states.begun(begins.table, begins.digest, begins.change, point), state=status),
    )


def custody_only(record, actor, kind, body):
    """Say a movement's act with custody's own guards and folds alone."""
    return record.say(actor, kind, body, rooms=("meguri.custody",))


def depart(record, event, *lots, actor=EXPORTER):
    body = moving.Depart(
        case="C1",
        movement="M1",
        event=event,
        lots=tuple(LotMass(*lot) for lot in lots),
        carrier="organisation:carrier",
        departed_on=NOW.date(),
        change=BLANK,
    )
    return custody_only(record, actor, "movement.depart", body)


def told(record, one, **changed):
    """A bag as a service describes it: with the lot that it becomes."""
    state = record.states.get(f"lot:{one.lot}")
    if state is None:
        return one
    fields = {"sent_g": state.mass_g, "sent_basis": state.basis, "agreed_g": state.agreed_g}
    if one.accepted:
        fields |= {"becomes": f"J-{one.lot}", "stream": state.stream, "origin": state.origin, "label": state.label}
        fields |= {"mix": state.mix, "contents": state.contents}
    return replace(one, **(fields | changed))


def arrive(record, event, *bags, take=True, **changed):
    """The facility weighs; then the exporter's node takes it in."""
    given = tuple(told(record, one, **changed) for one in bags)
    body = moving.ReceiveMovement(
        movement="M1", case="C1", sender=EXPORTER, event=event, facility="smelter", economy="JPN", bags=given,
        begins=NOTHING,
    )  # fmt: skip
    entry = custody_only(record, SMELTER, "movement.receive", body)
    if take:
        taken = moving.TakeInArrival(
            movement="M1", case="C1", of=entry.id, on="arrival.receive", change=BLANK, bags=given
        )
        custody_only(record, "organisation:node", "movement.take_in", taken)
    return entry


def readers(record, lot):
    """The scopes in which a lot lies: organisations, and the movements and cases in which it travels."""
    events = [(name[6:], state) for name, state in record.states.items() if name.startswith("event:") and state]
    lies = (one for id, state in events for one in Event.relations(id, state) if isinstance(one, Lies))
    return {one.scope for one in lies if one.subject == f"lot:{lot}"}
