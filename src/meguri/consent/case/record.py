"""Putting the parts of cases together from the record: one case, or many in as many queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, cast

from meguri import law
from meguri.consent import models
from meguri.consent.states import (
    AccountState,
    DossierState,
    GuaranteeState,
    TrackState,
    VerdictState,
    WholeCase,
    node_of,
    rested_on,
    tracks_of,
)
from meguri.journal import peers
from meguri.journal.projections import copies, relations
from meguri.journal.subject import at, bare, home
from meguri.kit.problems import N_, NotFound, Problem
from meguri.registry import services as registry


def no_case(case: str) -> NotFound:
    """The one answer for a case that is absent or not for this reader."""
    return NotFound(Problem(N_("There is no case {case} for you."), "/case", "no-case", {"case": case}))


def sees(reader: Any, subject: str) -> bool:
    """Whether a reader (None: the house itself) sees a subject."""
    return reader is None or bool(relations.readable(getattr(reader, "organisation", reader), [subject]))


def dossier(case: str, reader: Any = None) -> DossierState:
    """The dossier alone. With a reader (`request.reader` or a subject), NotFound where it is not theirs to see."""
    return _row(case, reader)[1]


def _row(case: str, reader: Any) -> tuple[str, DossierState]:
    row = copies.row(models.Case, "case", case)
    if row is None or not sees(reader, f"case:{row.id}"):
        raise no_case(bare(case))
    return row.id, cast(DossierState, row.value)


def keeper(case: str) -> str:
    """The node that keeps a case's dossier; empty where this one does, or nobody that is known here."""
    row = copies.row(models.Case, "case", case)
    return home(row.id) if row else ""


def account(case: str) -> AccountState:
    """What has been promised under a case."""
    row = copies.row(models.Account, "account", case, scope="case")
    return cast(AccountState, row.value) if row else AccountState()


def tracks(cases: Collection[str]) -> dict[str, TrackState]:
    """The tracks that are open in these cases (by bare id), by subject. Those of movements are left out."""
    rows = models.Track.objects.filter(case__in=list(cases), movement="")
    return {f"track:{row.id}": cast(TrackState, row.value) for row in rows}


def together(dossiers: Iterable[tuple[str, DossierState]]) -> list[WholeCase]:
    """Cases with all their parts, in as many queries however many they are. Ids of copies end in their node."""
    given = list(dossiers)
    names = [name for name, _ in given]
    accounts = {row.id: cast(AccountState, row.value) for row in models.Account.objects.filter(id__in=names)}
    digests = {at(state.verdict_digest, home(name)) for name, state in given}
    verdicts = {row.id: cast(VerdictState, row.value) for row in models.KeptVerdict.objects.filter(id__in=digests)}
    known = tracks([bare(name) for name in names]) if names else {}
    here = peers.here()
    rested = registry.states({subject for _, state in given for subject in rested_on(state)})
    return [
        WholeCase(
            id=bare(name),
            home=home(name),
            elsewhere=tuple(asked.key for asked in state.asked if node_of(asked, home(name), here)),
            account=accounts.get(name, AccountState()),
            tracks=tracks_of(bare(name), state, known, home=home(name), here=here),
            resting={subject: rested.get(subject) for subject in rested_on(state)},
            verdict=verdicts[at(state.verdict_digest, home(name))].decision,
            **{field: getattr(state, field) for field in DossierState.__struct_fields__},
        )
        for name, state in given
    ]


def case(name: str, reader: Any = None) -> WholeCase:
    """One case with all its parts, own or copied. With a reader, NotFound where it is not theirs to see."""
    return together([_row(name, reader)])[0]


def dossiers(ids: Iterable[str]) -> dict[str, DossierState]:
    """The dossiers of these cases, by bare id, own or copied."""
    return {id: cast(DossierState, row.value) for id, row in copies.rows(models.Case, "case", set(ids)).items()}


def cases(ids: Iterable[str]) -> list[WholeCase]:
    """These cases with all their parts, in the order given."""
    wanted = list(ids)
    found = copies.rows(models.Case, "case", wanted)
    rows = (found[bare(id)] for id in wanted if bare(id) in found)
    return together((row.id, cast(DossierState, row.value)) for row in rows)


def track(subject: str) -> TrackState | None:
    """A track by its subject, None where it is not open."""
    row = models.Track.objects.filter(id=subject.partition(":")[2]).first()
    return cast(TrackState, row.value) if row else None


def guarantees(case: WholeCase) -> dict[str, GuaranteeState]:
    """The guarantees on which a case rests, by bare id, in the order in which they were filed."""
    rows = models.Guarantee.objects.filter(id__in=[at(id, case.home) for id in case.guarantees])
    found = {bare(row.id): cast(GuaranteeState, row.value) for row in rows}
    return {id: found[id] for id in case.guarantees if id in found}


def verdict(digest: str, keeper: str = "") -> law.Decision | None:
    """A verdict that is kept, by its digest; `keeper` is the node that keeps it, where this one does not."""
    row = models.KeptVerdict.objects.filter(id=at(digest, keeper)).first()
    return cast(VerdictState, row.value).decision if row else None
