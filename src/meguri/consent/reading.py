"""Putting the parts of cases together from the record: one case, or many in as many queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, cast

from meguri import law
from meguri.consent import models
from meguri.consent.states import AccountState, Case, DossierState, TrackState, VerdictState, tracks_of
from meguri.journal import relations
from meguri.kit.problems import N_, NotFound, Problem


def no_case(case: str) -> NotFound:
    """The one answer for a case that is absent or not for this reader."""
    return NotFound(Problem(N_("There is no case {case} for you."), "/case", "no-case", {"case": case}))


def sees(reader: Any, subject: str) -> bool:
    """Whether a reader (None: the house itself) sees a subject."""
    return reader is None or bool(relations.readable(getattr(reader, "organisation", reader), [subject]))


def dossier(case: str, reader: Any = None) -> DossierState:
    """The dossier alone. With a reader (`request.reader` or a subject), NotFound where it is not theirs to see."""
    row = models.Case.objects.filter(id=case).first()
    if row is None or not sees(reader, f"case:{case}"):
        raise no_case(case)
    return cast(DossierState, row.value)


def account(case: str) -> AccountState:
    """What has been promised under a case."""
    row = models.Account.objects.filter(id=case).first()
    return cast(AccountState, row.value) if row else AccountState()


def tracks(cases: Collection[str]) -> dict[str, list[tuple[str, TrackState]]]:
    """The tracks that are open, by case: each with its key. Those of movements are left out."""
    found: dict[str, list[tuple[str, TrackState]]] = {case: [] for case in cases}
    for row in models.Track.objects.filter(case__in=list(cases), movement=""):
        state = cast(TrackState, row.value)
        found[state.case].append((state.key, state))
    return found


def together(dossiers: Iterable[tuple[str, DossierState]]) -> list[Case]:
    """Cases with all their parts, in three queries however many they are."""
    given = list(dossiers)
    names = [name for name, _ in given]
    accounts = {row.id: cast(AccountState, row.value) for row in models.Account.objects.filter(id__in=names)}
    digests = {state.verdict_digest for _, state in given}
    verdicts = {row.id: cast(VerdictState, row.value) for row in models.Verdict.objects.filter(id__in=digests)}
    known = tracks(names) if names else {}
    return [
        Case(
            id=name,
            account=accounts.get(name, AccountState()),
            tracks=tracks_of(name, state, known[name]),
            verdict=verdicts[state.verdict_digest].decision,
            **{field: getattr(state, field) for field in DossierState.__struct_fields__},
        )
        for name, state in given
    ]


def case(name: str, reader: Any = None) -> Case:
    """One case with all its parts. With a reader, NotFound where it is not theirs to see."""
    return together([(name, dossier(name, reader))])[0]


def track(subject: str) -> TrackState | None:
    """A track by its subject, None where it is not open."""
    row = models.Track.objects.filter(id=subject.partition(":")[2]).first()
    return cast(TrackState, row.value) if row else None


def verdict(digest: str) -> law.Decision | None:
    """A verdict that is kept, by its digest."""
    row = models.Verdict.objects.filter(id=digest).first()
    return cast(VerdictState, row.value).decision if row else None
