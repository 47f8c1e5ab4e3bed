"""Papers of cases: attached by who is in the case, read by who reads it."""

from __future__ import annotations

from meguri.consent import models
from meguri.consent.states import DossierState, TrackState
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.projections import relations
from meguri.journal.subject import bare, split
from meguri.journal.world import World
from meguri.kit.problems import N_, NotFound, Problem
from meguri.papers.abouts import About
from meguri.papers.acts import AttachPaper


@guard("papers.attach")
def attach(world: World, act: Act, body: AttachPaper, at: Instants) -> None:
    """Papers of a case alone: its parties attach them, and an authority whose track sees the case. To everybody else it
    is as if there were none.
    """
    if not body.about.startswith("case:"):
        return
    dossier = world.get(body.about, DossierState)
    if dossier is not None and act.actor in dossier.parties:
        return
    if dossier is not None and body.via.startswith("track:"):
        track = world.get(body.via, TrackState)
        case = split(bare(body.about))[1]
        if track is not None and track.case == case and track.organisation == act.actor and track.visible:
            return
    raise NotFound(Problem(N_("There is no {about} for you."), "/body/about", "no-case", {"about": body.about}))


def sees(organisation: str, subject: str) -> bool:
    """Whoever reads the case."""
    return bool(relations.readable(organisation, [subject]))


def via(organisation: str, subject: str) -> str:
    """The authority's track that sees the case, where there is one; a party needs none."""
    dossier = models.Case.objects.filter(pk=split(subject)[1]).first()
    if dossier is None or organisation in dossier.value.parties:
        return ""
    case = split(bare(subject))[1]
    for row in models.Track.objects.filter(case=case, authority=organisation).order_by("pk"):
        if row.value.visible:
            return f"track:{row.pk}"
    return ""


def address(subject: str) -> str:
    """The case's page."""
    return f"/cases/{split(bare(subject))[1]}"


ABOUT = About("case", sees, via, address)
