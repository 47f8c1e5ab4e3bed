"""Attaching, reading and erasing papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from django.db import transaction

from meguri.journal import services as journal
from meguri.journal.models import Private
from meguri.journal.signatures.signing import PrivateValue
from meguri.journal.subject import bare, split
from meguri.kit import clock, ids
from meguri.kit.people import duties, identity
from meguri.kit.people.identity import Reader
from meguri.kit.problems import N_, MeguriError, NotAllowed, NotFound, Problem, Refused, refuse
from meguri.papers import abouts, looking, scanner, store
from meguri.papers.acts import FILE, AttachPaper, PaperCommitment
from meguri.papers.models import FiledPaper, PaperDay, StoredPaper
from meguri.papers.states import PaperState
from meguri.papers.vocabulary import LONGEST_NAME, MEGABYTE, MOST_A_DAY, MOST_BYTES, MOST_EACH, paper_kinds

SHOWN = 200


class Gone(MeguriError):
    """There was such a paper; it was erased."""

    status = 410
    title = N_("This paper was erased")


class Attached(msgspec.Struct, frozen=True):
    """A paper as its readers see it. `name` and `sha256` are empty where it was erased, or never came here."""

    id: str
    state: PaperState
    name: str
    sha256: str
    scanned: bool
    erased: datetime | None
    here: bool

    @property
    def kind(self) -> Any:
        """Its kind in words."""
        return paper_kinds()[self.state.kind].name


def no_paper() -> NotFound:
    """The one answer for a paper that is absent or not for this reader."""
    return NotFound(Problem(N_("There is no such paper for you."), "/paper", "no-paper"))


def attach(
    actor: str, about: str, kind: str, content: bytes, name: str, *, claimed: datetime | None = None, person: str = ""
) -> str:
    """Attach a paper to a subject; returns its id. Nothing of it is kept where anything is refused."""
    too_large(len(content))
    known = abouts.of(about)
    if known is None:
        raise no_subject(about)
    found = looking.looked(content, name[-LONGEST_NAME:])
    scanned = scanner.look(content)
    id, present = ids.new(), clock.now()
    with transaction.atomic():
        _count(actor, about, len(content), present)
        sha256 = store.keep(content)
        body = AttachPaper(
            paper=id, about=about, kind=kind, type=found.type, size=len(content), via=known.via(actor, about)
        )
        committed = _committed(found.name, sha256)
        said = journal.Utterance("papers.attach", body, claimed, private={FILE: committed})
        receipt = journal.attest(actor, [said], person=person)[0]
        StoredPaper.objects.create(
            id=id,
            act_id=receipt.id,
            organisation=actor,
            about=bare(about),
            name=found.name,
            sha256=sha256,
            brought=present,
            scanned=scanned,
        )
    return id


def no_subject(about: str) -> Refused:
    """The refusal of what papers are not attached to."""
    return refuse(
        N_("Papers are attached to {prefixes}, not to “{about}”."),
        "/about",
        "about",
        prefixes=", ".join(f"{one}:…" for one in abouts.prefixes()),
        about=about[:80],
    )


def too_large(size: int) -> None:
    """Refuse what has more bytes than a paper may have."""
    if size > MOST_BYTES:
        raise refuse(
            N_("The file has {size} MB; a paper has at most {most} MB."),
            "/file",
            "size",
            size=round(size / MEGABYTE, 1),
            most=MOST_BYTES // MEGABYTE,
        )


def _count(actor: str, about: str, size: int, present: datetime) -> None:
    """Refuse what is too many or too much; the organisation's row is held until the end."""
    today = present.date().isoformat()
    PaperDay.objects.bulk_create([PaperDay(organisation=actor, day=today)], ignore_conflicts=True)
    row = PaperDay.objects.select_for_update().get(pk=actor)
    if row.day != today:
        row.day, row.size = today, 0
    if row.size + size > MOST_A_DAY:
        raise refuse(
            N_("Your organisation has brought {size} MB today; at most {most} MB are taken in a day."),
            "/file",
            "a-day",
            size=round(row.size / MEGABYTE, 1),
            most=MOST_A_DAY // MEGABYTE,
        )
    if StoredPaper.objects.filter(organisation=actor, about=bare(about), erased=None).count() >= MOST_EACH:
        raise refuse(
            N_("{most} papers of yours are attached here already. Erase one first."), "/file", "many", most=MOST_EACH
        )
    row.size += size
    row.save()


def _attached(rows: Iterable[FiledPaper]) -> list[Attached]:
    told = list(rows)
    kept: Mapping[str, StoredPaper] = StoredPaper.objects.in_bulk([row.pk for row in told])
    found = []
    for row in told:
        one = kept.get(row.pk)
        found.append(
            Attached(
                row.pk,
                cast(PaperState, row.value),
                one.name if one else "",
                one.sha256 if one else "",
                bool(one and one.scanned),
                one.erased if one else None,
                bool(one and one.sha256),
            )
        )
    return found


def sees(organisation: str | None, state: PaperState) -> bool:
    """Whether an organisation may read a paper now: it brought it, or reads what it belongs to."""
    if not organisation:
        return False
    if organisation == state.by:
        return True
    known = abouts.of(state.about)
    return known is not None and known.sees(organisation, state.about)


def of(about: str, organisation: str | None) -> list[Attached]:
    """The newest papers of a subject that an organisation may read, newest first."""
    rows = FiledPaper.objects.filter(about=bare(about))
    known = abouts.of(about)
    if not organisation or known is None:
        return []
    if not known.sees(organisation, about):
        rows = rows.filter(by=organisation)
    found = _attached(rows[:1000])
    return sorted(found, key=lambda one: (one.state.at, one.id), reverse=True)[:SHOWN]


def paper(id: str, organisation: str | None) -> Attached:
    """One paper. NotFound where it is not there, or not for them."""
    row = FiledPaper.objects.filter(pk=id).first() if ids.made(id) else None
    if row is None or not sees(organisation, cast(PaperState, row.value)):
        raise no_paper()
    return _attached([row])[0]


def papers(ids: Sequence[str]) -> list[Attached]:
    """Papers by id, in that order; whether somebody may read them was asked before."""
    found = FiledPaper.objects.in_bulk(ids)
    return _attached(found[id] for id in ids if id in found)


def newest(about: str = "", most: int = SHOWN) -> list[Attached]:
    """The newest papers of all, or of a subject, for the operator."""
    kept = StoredPaper.objects.filter(about=bare(about)) if about else StoredPaper.objects.all()
    return papers(list(kept.order_by("-brought", "id").values_list("id", flat=True)[:most]))


def check() -> tuple[int, list[str]]:
    """How many papers are whole, and the ids of those that are not: in content, or by what their act commits to."""
    whole, wrong = 0, []
    for row in StoredPaper.objects.filter(erased=None).order_by("id").iterator(chunk_size=100):
        try:
            store.read(row.sha256)
            good = _stands(row)
        except MeguriError:
            good = False
        if good:
            whole += 1
        else:
            wrong.append(row.id)
    return whole, wrong


def _stands(row: StoredPaper) -> bool:
    """Whether the act commits to this name and hash."""
    kept = Private.objects.filter(act_id=row.act_id, name=FILE).first()
    if kept is None or kept.value != _committed(row.name, row.sha256):
        return False
    return PrivateValue(kept.salt, kept.value).commitment == journal.entry(row.act_id).act.private[FILE]


def _committed(name: str, sha256: str) -> str:
    return msgspec.json.encode(PaperCommitment(name, sha256)).decode()


def content(one: Attached) -> bytes:
    """What a paper holds. Raises Gone where it was erased."""
    if one.erased is not None:
        raise Gone(
            Problem(N_("This paper was erased on {day}."), "/paper", "erased", {"day": one.erased.date().isoformat()})
        )
    if not one.here:
        raise NotFound(Problem(N_("The content of this paper is not kept here."), "/paper", "not-here"))
    return store.read(one.sha256)


def erases(reader: Reader, one: Attached) -> bool:
    """Whether somebody may erase a paper: who signs for the organisation that brought it, or for an operator."""
    if one.erased is not None or not reader.may(duties.SIGN):
        return False
    return reader.organisation == one.state.by or "operator" in reader.roles


def erase_for(id: str, reader: Reader) -> Attached:
    """Erase a paper for somebody. Raises NotFound and NotAllowed."""
    row = FiledPaper.objects.filter(pk=id).first() if ids.made(id) else None
    if row is None:
        raise no_paper()
    one = _attached([row])[0]
    if not sees(reader.organisation, one.state) and "operator" not in reader.roles:
        raise no_paper()
    if one.erased is None and not erases(reader, one):
        raise NotAllowed(
            Problem(
                N_("A paper is erased by who signs for the organisation that brought it, or by the operator."),
                "",
                "role",
            )
        )
    erase(id)
    return one


def erase(id: str) -> bool:
    """Erase name, hash and content of a paper; the act stands and is verified as before. False where it was erased
    already. NotFound where there is no such paper.
    """
    with transaction.atomic():
        row = StoredPaper.objects.select_for_update().filter(pk=id).first()
        if row is None:
            raise no_paper()
        if row.erased is not None:
            return False
        sha256, row.name, row.sha256, row.erased = row.sha256, "", "", clock.now()
        row.save()
        journal.erase(row.act_id, [FILE])
        store.drop(sha256)
    return True


def address(about: str) -> str:
    """The page of a subject."""
    known = abouts.of(about)
    return known.address(about) if known else "/"


def known_subject(about: str) -> bool:
    """Whether papers are attached to such a subject at all."""
    return abouts.of(about) is not None and bool(split(about)[1])


class Row(msgspec.Struct, frozen=True):
    """A paper in a table of a page."""

    paper: Attached
    by: Any
    erases: bool
    kilobytes: int


class Shown(msgspec.Struct, frozen=True):
    """What a page shows of the papers of its subject (`papers/listed.html`); nothing to who reads none of them."""

    about: str
    shown: bool
    attaches: bool
    rows: tuple[Row, ...] = ()


def shown(about: str, reader: Reader) -> Shown:
    """The papers of a subject for a page, and whether the reader may try to attach one."""
    who, known = reader.organisation, abouts.of(about)
    if not who or known is None or not reader.may(duties.READ) or not known.sees(who, about):
        return Shown(about, False, False)
    found = of(about, who)
    names = identity.names(one.state.by for one in found)
    rows = (Row(one, names[one.state.by], erases(reader, one), -(-one.state.size // 1000)) for one in found)
    return Shown(about, True, reader.says, tuple(rows))
