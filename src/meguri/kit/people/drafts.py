"""Forms that wait for a second person: filled in by who may not sign, or where an office wants four eyes.

A draft is a form as it was sent. Whoever signs it sends the same form: what is said is made and judged at that moment.
None of this is on the record; who prepared an act is kept beside it, like who signed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from meguri.kit.models import FormDraft, SecondPerson
from meguri.kit.people.identity import Reader
from meguri.kit.people.rights import HeldForm
from meguri.kit.problems import N_, Conflict, NotAllowed, NotFound, Problem, refuse

MOST_OPEN = 200
"""Drafts of an organisation that wait at once."""
LONGEST = 100_000
"""Characters that a form has at most."""


def keep(request: HttpRequest, reader: Reader, held: HeldForm) -> FormDraft:
    """Keep a form that was sent. Refused where it is too long, or where too many wait already."""
    assert reader.user is not None
    assert reader.organisation is not None
    form = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    if len(json.dumps(form)) > LONGEST or request.FILES:
        raise refuse(N_("This form is too long to wait for a signature. Let somebody who signs send it."), "", "long")
    if waiting(reader.organisation).count() >= MOST_OPEN:
        raise refuse(
            N_("{most} drafts wait already. Let them be signed or put away first."), "", "many", most=MOST_OPEN
        )
    return FormDraft.objects.create(
        organisation=reader.organisation,
        path=request.get_full_path()[:500],
        form=form,
        kinds=list(held.kinds),
        bodies=list(held.bodies),
        why=held.why,
        made_by=reader.user,
        maker=reader.person,
    )


def waiting(organisation: str) -> QuerySet[FormDraft]:
    """The drafts of an organisation that wait, oldest first."""
    return FormDraft.objects.filter(organisation=organisation, closed=None).order_by("made")


def find(number: int, reader: Reader) -> FormDraft:
    """A draft of the reader's organisation that waits. NotFound for every other."""
    found = waiting(reader.organisation or "").filter(pk=number).first()
    if found is None:
        raise NotFound(
            Problem(N_("Your organisation has no such draft; it may be signed or put away already."), "", "draft")
        )
    return found


def require_signer(draft: FormDraft, reader: Reader) -> None:
    """Raise NotAllowed where this person may not sign the draft: for want of a role, or because they filled it in."""
    if draft.why == HeldForm.FOUR_EYES and draft.made_by_id == getattr(reader.user, "pk", None):
        raise NotAllowed(
            Problem(N_("You filled this in yourself. Your office wants a second person to sign it."), "", "four-eyes")
        )
    if not all(reader.signs(kind) for kind in draft.kinds):
        raise NotAllowed(Problem(N_("Your role does not sign this. Let somebody who signs open it."), "", "duty"))


def claim(draft: FormDraft, reader: Reader) -> None:
    """Take a draft to sign it, so that two who sign at once do not both say it. Raises Conflict for the second."""
    with transaction.atomic():
        taken = FormDraft.objects.filter(pk=draft.pk, closed=None).update(
            closed=datetime.now(UTC), closed_by=reader.user, outcome="signed"
        )
    if not taken:
        raise Conflict(Problem(N_("Somebody else has just signed this or put it away."), "", "taken"))


def give_back(draft: FormDraft) -> None:
    """Let a draft wait again: what it would say was refused."""
    FormDraft.objects.filter(pk=draft.pk).update(closed=None, closed_by=None, outcome="")


def put_away(draft: FormDraft, reader: Reader) -> None:
    """Let a draft wait no longer."""
    waiting(draft.organisation).filter(pk=draft.pk).update(
        closed=datetime.now(UTC), closed_by=reader.user, outcome="put away"
    )


def four_eyes(organisation: str) -> frozenset[str]:
    """The kinds of act that this organisation says only with a second person."""
    return frozenset(SecondPerson.objects.filter(organisation=organisation).values_list("kind", flat=True))


def want_four_eyes(organisation: str, kinds: Iterable[str], known: Iterable[str]) -> None:
    """Let an organisation say these kinds, and no others, only with a second person."""
    wanted = set(kinds)
    unknown = sorted(wanted - set(known))
    if unknown:
        raise refuse(N_("There is no kind of act “{kind}”."), "/kinds", "kind", kind=unknown[0][:60])
    with transaction.atomic():
        SecondPerson.objects.filter(organisation=organisation).exclude(kind__in=wanted).delete()
        present = four_eyes(organisation)
        SecondPerson.objects.bulk_create(
            [SecondPerson(organisation=organisation, kind=kind) for kind in sorted(wanted - present)]
        )
