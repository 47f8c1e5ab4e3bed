"""Who may apply for, grant and change a licence, and what one may be for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from meguri import law
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, gather, refuse
from meguri.procedure.states import CourseChange
from meguri.registry import acts, course, rights
from meguri.registry.guards import common
from meguri.registry.states import FacilityState, LicenceBegins, LicenceState, OrganisationState, Scope
from meguri.registry.vocabulary import LicenceKind, licence_kinds, unknown

Holder = OrganisationState | FacilityState


def _kind(word: str) -> LicenceKind:
    kind = licence_kinds().get(word)
    if kind is None:
        raise refuse_unknown(word)
    return kind


def refuse_unknown(word: str) -> Exception:
    """The refusal of a kind that the table does not have."""
    problem = unknown(word, "/body/kind", list(licence_kinds()))
    return refuse(problem.text, problem.pointer, problem.code, **problem.params)


def _holder(world: World, subject: str, pointer: str = "/body/holder") -> Holder:
    if subject.startswith("facility:"):
        return world.need(subject, FacilityState, pointer)
    common.prefixed(subject, "organisation", pointer)
    return world.need(subject, OrganisationState, pointer)


def _fits(kind: LicenceKind, holder: Holder, pointer: str = "/body/holder") -> None:
    """Refuse a holder of another economy than the kind's, or that is not what the kind is given to."""
    if kind.economy and holder.economy != kind.economy:
        raise refuse(
            N_("A {kind} is given in {economy}; the holder is in {other}."),
            pointer,
            "economy",
            kind=kind.names,
            economy=kind.economy,
            other=holder.economy,
        )
    wanted = "facility" if isinstance(holder, FacilityState) else "organisation"
    if kind.holder not in ("either", wanted):
        text = (
            N_("A {kind} is given to a facility, not to an organisation.")
            if kind.holder == "facility"
            else N_("A {kind} is given to an organisation, not to one of its facilities.")
        )
        raise refuse(text, pointer, "holder", kind=kind.names)


def _issuer(kind: LicenceKind, issued_by: str, economy: str) -> None:
    """Refuse an issuer that may not give this kind, or an authority of another economy than the holder's."""
    if kind.issuers and issued_by not in kind.issuers:
        raise refuse(
            N_("A {kind} is issued by {issuers}."),
            "/body/issued_by",
            "issuer",
            kind=kind.names,
            issuers=" / ".join(kind.issuers),
        )
    known = law.authorities().get(issued_by)
    if known is not None and known.economy != economy:
        raise refuse(
            N_("{issuer} is an authority of {other}; the holder is in {economy}."),
            "/body/issued_by",
            "issuer",
            issuer=issued_by,
            other=known.economy,
            economy=economy,
        )
    gather(common.short(issued_by, "/body/issued_by", 100))


def _within(
    kind: LicenceKind, scope: Scope, economy: str, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Problem]:
    """What is wider than the kind allows."""
    for index, one in enumerate(scope.operations):
        if kind.operations and one not in kind.operations:
            yield Problem(
                N_("A {kind} is for {able}, not for {operation}."),
                f"/body/scope/operations/{index}",
                "wider",
                {"kind": kind.names, "able": ", ".join(kind.operations), "operation": one},
            )
    if not kind.validity_months or since is None:
        return
    most = course.last_of(since, kind.validity_months, economy)
    if until is None or course.last_day(until, economy) > most:
        yield Problem(
            N_("A {kind} holds at most {months} months: until {most} at the latest."),
            "/body/until",
            "wider",
            {"kind": kind.names, "months": kind.validity_months, "most": most.isoformat()},
        )


def _scope(scope: Scope) -> None:
    gather(common.scoped(scope, list(law.streams()), list(law.waste_codes()), "/body/scope"))


def _says(world: World, act: Act, at: Instants, issued_by: str, pointer: str, text: str) -> None:
    """Refuse an actor that is neither the issuer nor the operator, who takes down what an issuer wrote."""
    if act.actor == rights.NODE:
        return
    actor = rights.require(world, act, at, {"authority", "operator"})
    if rights.holds(actor, "authority", at.claimed) and actor.authority != issued_by:
        raise refuse(text, pointer, "issuer", issuer=issued_by or "nobody")


def _same(given: CourseChange | LicenceBegins | None, right: CourseChange | LicenceBegins, pointer: str) -> None:
    if given != right:
        raise Conflict(
            Problem(
                N_("What follows was reckoned on another state of the licence. Look at it again."), pointer, "changes"
            )
        )


def _of_holder(world: World, act: Act, at: Instants, subject: str, holder: Holder) -> None:
    """Refuse an actor that is neither the holder (or runs the facility) nor the operator."""
    owner = holder.organisation if isinstance(holder, FacilityState) else subject
    if act.actor != owner:
        rights.require_operator(world, act, at)


@guard("registry.apply")
def applied_by_its_holder(world: World, act: Act, body: acts.Apply, at: Instants) -> None:
    """The holder, or the operator for it, applies to an authority that issues the kind."""
    common.prefixed(f"licence:{body.licence}", "licence", "/body/licence")
    world.absent(f"licence:{body.licence}", "/body/licence")
    kind = _kind(body.kind)
    holder = _holder(world, body.holder)
    _of_holder(world, act, at, body.holder, holder)
    _fits(kind, holder)
    if not body.issued_by:
        raise refuse(N_("Write the authority that is to decide."), "/body/issued_by", "issuer")
    _issuer(kind, body.issued_by, holder.economy)
    _scope(body.scope)
    gather(_within(kind, body.scope, holder.economy))
    gather(common.short(body.text, "/body/text"))
    _same(body.begins, course.begins("apply", holder.economy, at.counts), "/body/begins")


@guard("registry.grant")
def granted_by_its_issuer(world: World, act: Act, body: acts.Grant, at: Instants) -> None:
    """A licence is said by an authority that issues its kind, or taken down by the operator."""
    common.prefixed(f"licence:{body.licence}", "licence", "/body/licence")
    kept = world.get(f"licence:{body.licence}", LicenceState)
    if kept is None or kept.course.state not in ("applied", "asked"):
        world.absent(f"licence:{body.licence}", "/body/licence")
    kind = _kind(body.kind)
    common.in_order(body.since, body.until, N_("A licence that ends on {until} must begin before that."))
    holder = _holder(world, body.holder)
    _fits(kind, holder)
    _issuer(kind, body.issued_by, holder.economy)
    _scope(body.scope)
    gather(_within(kind, body.scope, holder.economy, body.since, body.until))
    gather(common.short(body.number, "/body/number", common.LONGEST_NAME))
    _says(
        world,
        act,
        at,
        body.issued_by,
        "/body/issued_by",
        N_("An authority records its own licences; this one names {issuer}."),
    )
    if body.stands != kind.stands:
        raise refuse(
            N_("Whether a {kind} holds on while its renewal is decided is the law's to say."),
            "/body/stands",
            "stands",
            kind=kind.names,
        )
    if kept is None:
        if body.change is not None:
            raise refuse(N_("Leave this empty."), "/body/change", "unasked")
        _same(body.begins, course.begins("grant", holder.economy, at.counts), "/body/begins")
        return
    if (kept.holder, kept.kind, kept.issued_by) != (body.holder, body.kind, body.issued_by):
        raise Conflict(
            Problem(N_("Something else was applied for: holder, kind or authority differ."), "/body", "application")
        )
    if body.begins is not None:
        raise refuse(N_("Leave this empty."), "/body/begins", "unasked")
    row = course.choose(kept.course, "grant", act.actor, at.counts, "", holder=False, issuer=True)
    _same(body.change, course.follows(kept.course, row, holder.economy, at.counts), "/body/change")


@guard("registry.step")
def stepped_by_whom_it_belongs_to(world: World, act: Act, body: acts.StepOfLicence, at: Instants) -> None:
    """A step is taken by holder or issuer as the procedure has it; the operator takes down what they wrote."""
    licence = world.need(f"licence:{body.licence}", LicenceState, "/body/licence")
    if body.holder != licence.holder:
        raise Conflict(Problem(N_("The licence has another holder by now."), "/body/holder", "holder"))
    holder = _holder(world, body.holder)
    owner = holder.organisation if isinstance(holder, FacilityState) else body.holder
    actor = world.get(act.actor, OrganisationState) if act.actor != rights.NODE else None
    takes_down = act.actor == rights.NODE or (actor is not None and rights.holds(actor, "operator", at.claimed))
    issues = actor is not None and bool(actor.authority) and actor.authority == licence.issued_by
    issues = issues and actor is not None and rights.holds(actor, "authority", at.claimed)
    if not takes_down and not issues and act.actor != owner:
        if actor is not None and rights.holds(actor, "authority", at.claimed):
            raise refuse(
                N_("This licence was issued by {issuer}, who alone may change it."),
                "/body/licence",
                "issuer",
                issuer=licence.issued_by or "nobody on record",
            )
        raise NotAllowed(
            Problem(N_("A licence is changed by its holder, its issuer or the operator."), "/actor", "role")
        )
    if body.transition == "grant":
        raise refuse(
            N_("A licence is granted by an act of its own, with number and days."), "/body/transition", "grant"
        )
    row = course.choose(
        licence.course,
        body.transition,
        act.actor,
        at.counts,
        body.text,
        holder=takes_down or act.actor == owner,
        issuer=takes_down or issues,
    )
    gather(common.short(body.text, "/body/text"))
    _fields(world, licence, body, at, holder.economy)
    _same(body.change, course.follows(licence.course, row, holder.economy, at.counts), "/body/change")


def _fields(world: World, licence: LicenceState, body: acts.StepOfLicence, at: Instants, economy: str) -> None:
    """What a step says beside its reason: all that it needs, and nothing else."""
    kind = _kind(licence.kind)
    scoping = body.transition in ("vary", "ask_renewal", "renew")
    lasting = body.transition in ("ask_renewal", "renew")
    for name, value, asked in (
        ("scope", body.scope is not None, scoping),
        ("until", body.until is not None, lasting),
        ("to", bool(body.to), body.transition == "transfer"),
        ("closed", bool(body.closed), body.transition == "transfer"),
    ):
        if value and not asked:
            raise refuse(N_("Leave this empty."), f"/body/{name}", "unasked")
    if body.scope is not None:
        _scope(body.scope)
        gather(_within(kind, body.scope, economy))
    if body.transition == "vary" and body.scope is None:
        raise refuse(N_("Write what the licence is for from now on."), "/body/scope", "required")
    if body.transition == "ask_renewal":
        _in_time(kind, licence, at.counts)
    if body.transition == "renew":
        _renewed(kind, licence, body, at, economy)
    if body.transition == "lapse" and (licence.until is None or at.counts < licence.until):
        raise Conflict(
            Problem(
                N_("The licence holds on; it is suspended, revoked or given up instead."), "/body/transition", "holds"
            )
        )
    if body.transition == "transfer":
        _transferred(world, kind, licence, body, economy)


def _in_time(kind: LicenceKind, licence: LicenceState, at: datetime) -> None:
    """Refuse a renewal that is asked for too late."""
    if licence.until is None:
        raise refuse(N_("The licence has no end, and needs no renewal."), "/body/transition", "no-end")
    last = licence.until - timedelta(days=kind.renew_days)
    if at >= last:
        raise Conflict(
            Problem(
                N_("A renewal had to be asked for before {last}; apply for a new licence."),
                "/body/transition",
                "too-late",
                {"last": last.date().isoformat()},
            )
        )


def _renewed(kind: LicenceKind, licence: LicenceState, body: acts.StepOfLicence, at: Instants, economy: str) -> None:
    if licence.until is None:
        raise refuse(N_("The licence has no end, and needs no renewal."), "/body/transition", "no-end")
    if licence.course.state != "renewal_asked" and licence.ran_out(at.counts):
        raise Conflict(
            Problem(
                N_("The licence ran out on {until}; grant a new one."),
                "/body/transition",
                "ran-out",
                {"until": licence.until.date().isoformat()},
            )
        )
    if body.until is None or body.until <= licence.until:
        raise refuse(
            N_("A renewed licence holds longer than before: write a day after {until}."),
            "/body/until",
            "span",
            until=licence.until.date().isoformat(),
        )
    gather(_within(kind, Scope(), economy, licence.until, body.until))


def _transferred(
    world: World, kind: LicenceKind, licence: LicenceState, body: acts.StepOfLicence, economy: str
) -> None:
    """Refuse a transfer while the holder goes on, or to somebody to whom the kind is not given."""
    if not body.to or body.to == licence.holder:
        raise refuse(N_("Write to whom the licence goes over."), "/body/to", "required")
    here = world.get(licence.holder, FacilityState) if licence.holder.startswith("facility:") else None
    owner = here.organisation if here is not None else licence.holder
    common.prefixed(body.closed, "organisation", "/body/closed")
    if body.closed != owner:
        raise refuse(N_("The holder is another organisation: {owner}."), "/body/closed", "holder", owner=owner)
    state = world.need(body.closed, OrganisationState, "/body/closed")
    if state.closed_on is None and (here is None or here.closed_on is None):
        raise Conflict(
            Problem(
                N_("{name} goes on; a licence goes over only when its holder has closed."),
                "/body/closed",
                "open",
                {"name": state.name},
            )
        )
    following = _holder(world, body.to, "/body/to")
    if following.economy != economy:
        raise refuse(
            N_("The next holder is in {other}; the licence is of {economy}."),
            "/body/to",
            "economy",
            other=following.economy,
            economy=economy,
        )
    _fits(kind, following, "/body/to")
    if following.closed_on is not None:
        raise Conflict(Problem(N_("The next holder has closed."), "/body/to", "closed"))
