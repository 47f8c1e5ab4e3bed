"""The kinds of act of a case. Every subject has one author; what else an act rests on, it lists.

A guard sees only what the body names, so nothing that can forbid may be left out: the dossier lists the tracks,
licences and guarantees that the case rests on, an act repeats the list, and the guard compares the two. What follows
from a step (its state, its clocks) is reckoned by the author with the procedure table and carried in the body; the
guard checks it against the table, and the fold needs nothing but the act.

`home` names the node that keeps the dossier, where that is not the one on which an act is said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

import msgspec

from meguri import law
from meguri.consent.states import AskedAuthority, Listener, PaperTrack, Scan
from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define
from meguri.journal.subject import at
from meguri.kit.words import Text
from meguri.procedure.states import CourseChange, Outcome


def verdict_digest(decision: law.Decision) -> str:
    """The name under which a verdict is kept: SHA-256 of its JSON with sorted keys."""
    return hashlib.sha256(msgspec.json.encode(decision, order="sorted")).hexdigest()


def taking(of: str, track: str) -> str:
    """The nonce of a taking in: one act is taken in once on one track, whoever tries again."""
    return hashlib.sha256(f"{of}\n{track}".encode()).hexdigest()


class Notify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter notifies: opens `case` with the verdict, which holds its question, and says who is asked.

    `licences` are those of importer, facility and operator on which the case rests, `proved` the facts of the question
    that they prove; every other fact is the exporter's word. `on_paper` are authorities that nobody has admitted and
    whose answers are entered from paper. `there` is the node of the facility, where it is another.
    """

    case: str
    number: str
    exporter: str
    importer: str
    operator: str
    facility: str
    description: Text
    total_g: int
    shipments: int
    period_from: date
    period_to: date
    verdict: law.Decision
    asked: tuple[AskedAuthority, ...]
    licences: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()
    on_paper: tuple[PaperTrack, ...] = ()
    there: str = ""


class Rest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter says anew on which licences the case rests, as where one was renewed.

    `holders` (importer, operator, facility) and `verdict` (its digest) repeat what the dossier has: their licences are
    looked at, whether or not they are named.
    """

    case: str
    licences: tuple[str, ...]
    holders: tuple[str, ...]
    verdict: str


class FileGuarantee(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter files a guarantee or insurance; the case rests on it from then on."""

    case: str
    guarantee: str
    issuer: Text
    amount: Text
    valid_from: date
    valid_until: date
    reference: Text = ""


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a track is, where taking an act in opens it."""

    asked: AskedAuthority
    parties: tuple[str, str, str]
    visible: bool = True
    listeners: tuple[Listener, ...] = ()
    clerk: str = ""


class TakeInNotice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authority's node takes in what was said elsewhere; clocks run from here.

    `of` is the act taken in, which the state of `source` proves; `on` says what it was, in the words of the tables
    (``notify``, ``retract``, ``answer``, ``export.transmit``).
    """

    case: str
    track: str
    of: str
    on: str
    source: str
    change: CourseChange
    opening: Opening | None = None
    movement: str = ""
    home: str = ""


class TrackStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transition of one authority's track.

    `text` is what is asked or the reason of an objection; conditions and validity belong to consents. `outcome` is set
    where the step decides the track. `rests_on` repeats what the dossier lists. `scan` is the paper from which a clerk
    enters what an authority said that is not on record itself.
    """

    case: str
    track: str
    transition: str
    change: CourseChange
    rests_on: tuple[str, ...]
    outcome: Outcome | None = None
    text: Text = ""
    conditions: tuple[Text, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    reference: Text = ""
    movement: str = ""
    home: str = ""
    scan: Scan | None = None


class ReplyToAuthority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exporter or importer says something to one authority: answers its question, applies for its approval.

    `position` is how many acts stand on the track, so that each question is answered once. `node` keeps the track,
    where this node does not.
    """

    case: str
    track: str
    transition: str
    position: int
    text: Text = ""
    movement: str = ""
    home: str = ""
    node: str = ""


class PutHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authority stops everything under a case, on its own track, whatever the states of the tracks."""

    case: str
    track: str
    hold: str
    reason: Text
    home: str = ""


class ReleaseHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The authority that put a hold releases it."""

    case: str
    track: str
    hold: str
    reason: Text = ""
    home: str = ""


class Retract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter takes the notification back, as long as nothing has left."""

    case: str
    text: Text


class Complete(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exporter or facility closes the case after its last movement was recovered."""

    case: str


def track_subject(case: str, key: str, movement: str = "", node: str = "") -> str:
    """The subject of a track; with the node that keeps it, where that is another."""
    return at(f"track:{movement or case}/{key}", node)


def dossier_subject(case: str, home: str = "") -> str:
    """The subject of a dossier."""
    return at(f"case:{case}", home)


def account_subject(case: str, home: str = "") -> str:
    """The subject of a case's account."""
    return at(f"account:{case}", home)


def _notified(body: Notify) -> list[str]:
    return [f"case:{body.case}", f"account:{body.case}", f"verdict:{verdict_digest(body.verdict)}"]


def _dossier(body: Rest | Retract | Complete) -> list[str]:
    return [f"case:{body.case}"]


def _guaranteed(body: FileGuarantee) -> list[str]:
    return [f"case:{body.case}", f"guarantee:{body.guarantee}"]


def _taken(body: TakeInNotice) -> list[str]:
    return [track_subject(body.case, body.track, body.movement)]


def _step(body: TrackStep) -> list[str]:
    return [track_subject(body.case, body.track, body.movement)]


def _held(body: PutHold | ReleaseHold) -> list[str]:
    return [track_subject(body.case, body.track)]


def _reply(body: ReplyToAuthority) -> list[str]:
    return [f"reply:{body.movement or body.case}/{body.track}.{body.position}"]


def _case_too(act: Act, body: PutHold | ReleaseHold) -> Iterable[str]:
    return [dossier_subject(body.case, body.home)]


def _parties(act: Act, body: Notify) -> Iterable[str]:
    licences = [f"{about}:{licence}" for licence in body.licences for about in ("licence", "use")]
    clerks = [one.clerk for one in body.on_paper]
    authorities = [f"organisation:{one.authority}" for one in body.asked]
    return [body.exporter, body.importer, body.operator, f"facility:{body.facility}", *licences, *authorities, *clerks]


def _account_too(act: Act, body: Retract | Complete) -> Iterable[str]:
    return [f"account:{body.case}"]


def _licences(act: Act, body: Rest) -> Iterable[str]:
    return [*(f"licence:{licence}" for licence in body.licences), *body.holders, f"verdict:{body.verdict}"]


def _source(act: Act, body: TakeInNotice) -> Iterable[str]:
    return [dossier_subject(body.case, body.home), body.source]


def _all(act: Act, body: TrackStep) -> Iterable[str]:
    return [dossier_subject(body.case, body.home), account_subject(body.case, body.home), *body.rests_on]


def _asked_of(act: Act, body: ReplyToAuthority) -> Iterable[str]:
    return [dossier_subject(body.case, body.home), track_subject(body.case, body.track, body.movement, body.node)]


define(Kind(name="consent.notify", version=1, body=Notify, subjects=_notified, reads=_parties))
define(Kind(name="consent.rest", version=1, body=Rest, subjects=_dossier, reads=_licences))
define(Kind(name="consent.guarantee", version=1, body=FileGuarantee, subjects=_guaranteed))
define(Kind(name="consent.take_in", version=1, body=TakeInNotice, subjects=_taken, reads=_source))
define(Kind(name="consent.step", version=1, body=TrackStep, subjects=_step, reads=_all))
define(Kind(name="consent.lapse", version=1, body=TrackStep, subjects=_step, reads=_all))
define(Kind(name="consent.reply", version=1, body=ReplyToAuthority, subjects=_reply, reads=_asked_of))
define(Kind(name="consent.hold", version=1, body=PutHold, subjects=_held, reads=_case_too))
define(Kind(name="consent.release", version=1, body=ReleaseHold, subjects=_held, reads=_case_too))
define(Kind(name="consent.retract", version=1, body=Retract, subjects=_dossier, reads=_account_too))
define(Kind(name="consent.complete", version=1, body=Complete, subjects=_dossier, reads=_account_too))
