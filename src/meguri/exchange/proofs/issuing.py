"""Certificates and claims of this node's record as credentials, and what this node says of itself as an issuer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple, cast

from django.conf import settings

from meguri.custody import record as custody
from meguri.custody.certificates.states import CertificateState
from meguri.custody.claims.states import ContentClaimState
from meguri.custody.guards.certificates import RECOVERS
from meguri.custody.models import ContentClaim, IssuedCertificate
from meguri.exchange.proofs import credentials, signed, statuses
from meguri.exchange.proofs.checking import IssuerStatement
from meguri.exchange.proofs.content import ProofContent, ProvenAuthority, ProvenMetal
from meguri.exchange.proofs.credentials import ReadProof
from meguri.exchange.proofs.signed import IssuerKey
from meguri.journal import services as journal
from meguri.journal.models import Key
from meguri.journal.projections.relations import readable
from meguri.journal.signatures import keyring
from meguri.kit import clock
from meguri.kit.problems import N_, NotFound, Problem
from meguri.registry import record as registry
from meguri.registry.vocabulary import licence_kinds


class Issued(NamedTuple):
    """What was certified or claimed, by which licences, whether it is revoked, and names for people."""

    content: ProofContent
    authority: tuple[ProvenAuthority, ...]
    revoked: bool
    names: dict[str, str]


Source = Callable[[str], "Issued | None"]
_sources: dict[str, Source] = {}
_revoked: list[Callable[[int, int], Iterable[int]]] = []


def offer(kind: str, source: Source, revoked: Callable[[int, int], Iterable[int]]) -> None:
    """Let a kind of thing be issued: `source` finds it by the name of its paper, `revoked` gives the indices of those
    that are revoked from one index on and below another.
    """
    _sources[kind] = source
    if revoked not in _revoked:
        _revoked.append(revoked)


def unknown(name: str) -> NotFound:
    """The one answer for what is not on record and what is not the reader's to see."""
    return NotFound(
        Problem(N_("There is no certificate or claim of {name} here for you."), "/name", "no-proof", {"name": name})
    )


def issued(kind: str, paper: str) -> Issued:
    """What was issued under that name. Raises NotFound."""
    found = _sources[kind](paper) if kind in _sources else None
    if found is None:
        raise unknown(paper)
    return found


def of_certificate(paper: str) -> Issued | None:
    """A certificate of recovery by the name of its paper."""
    row = IssuedCertificate.objects.filter(id=paper).first()
    if row is None:
        return None
    state = cast(CertificateState, row.value)
    event = custody.events([state.event])[state.event]
    content = ProofContent(
        kind="certificate",
        number=state.number,
        paper=paper,
        node=settings.NODE,
        issuer=state.operator,
        site=state.facility,
        at=state.at,
        happened=event.at,
        on=state.recovered_on,
        act=state.act,
        index=state.index,
        metals=tuple(
            ProvenMetal(lot=one.lot, element=one.element, grams=one.grams, evidence=one.evidence, sd_g=one.sd_g)
            for one in state.made
        ),
        facts={
            "movement": state.movement,
            "sent_g": state.sent_g,
            "received_g": state.received_g,
            "treated_g": state.treated_g,
            "contamination_g": state.contamination_g,
            "done_g": state.done_g,
            "residues_g": sum(part.grams for part in state.residues),
            "replaces": state.replaces,
        },
    )
    return Issued(
        content,
        authority(state.operator, state.facility, event.at),
        state.revoked_at is not None,
        names_of(state.operator, state.facility),
    )


def of_claim(id: str) -> Issued | None:
    """A claim of recycled content by its id."""
    row = ContentClaim.objects.filter(id=id).first()
    if row is None:
        return None
    state = cast(ContentClaimState, row.value)
    content = ProofContent(
        kind="claim",
        number=state.number,
        paper=id,
        node=settings.NODE,
        issuer=state.owner,
        site=state.site,
        at=state.at,
        happened=state.at,
        on=state.said_on,
        act=state.act,
        index=state.index,
        metals=tuple(
            ProvenMetal(lot=part.lot, element=state.key.element, grams=part.grams, evidence="") for part in state.lots
        ),
        facts={
            "account": state.account,
            "holder": state.holder,
            "element": state.key.element,
            "group": state.key.group,
            "definition": state.key.definition,
            "model": state.key.model,
            "scheme": state.key.scheme,
            "begins": state.begins.isoformat(),
            "ends": state.ends.isoformat(),
            "grams_g": state.grams,
            "factor_ppm": state.factor_ppm,
            "balance_g": state.balance_g,
            "follows": state.follows,
        },
    )
    return Issued(
        content,
        authority(state.owner, state.site, state.at),
        not state.in_force,
        {**names_of(state.owner, state.site), state.holder: registry.organisation(state.holder).name.en},
    )


def names_of(organisation: str, facility: str) -> dict[str, str]:
    """The names of an organisation and a facility, in English."""
    return {
        organisation: registry.organisation(organisation).name.en,
        facility: registry.facility(facility).name.en,
    }


def authority(organisation: str, facility: str, instant: datetime) -> tuple[ProvenAuthority, ...]:
    """The licences by which an organisation could recover at a site at an instant."""
    kinds = {kind for kind, row in licence_kinds().items() if row.fact in RECOVERS}
    return tuple(
        ProvenAuthority(
            licence=id,
            kind=licence.kind,
            number=licence.number,
            holder=licence.holder,
            issued_by=licence.issued_by,
            since=licence.since,
            until=licence.until,
        )
        for id, licence in registry.licences(organisation, f"facility:{facility}").items()
        if licence.kind in kinds and licence.since is not None and licence.holds(instant)
    )


def own_scope(proof: ReadProof) -> bool | None:
    """Whether this node's record knows a licence by which it was done; None where it is another node's."""
    content = proof.content
    if content.node != settings.NODE:
        return None
    return bool(authority(content.issuer, content.site, content.happened))


def _revoked_certificates(first: int, beyond: int) -> Iterable[int]:
    rows = IssuedCertificate.objects.filter(in_force=False, index__gte=first, index__lt=beyond)
    return rows.values_list("index", flat=True)


def _ended_claims(first: int, beyond: int) -> Iterable[int]:
    rows = ContentClaim.objects.filter(in_force=False, index__gte=first, index__lt=beyond)
    return rows.values_list("index", flat=True)


offer("certificate", of_certificate, _revoked_certificates)
offer("claim", of_claim, _ended_claims)


class Numbered(NamedTuple):
    """What anybody may know of a number: of which kind it is, its digest, who issued it, and whether it is in force."""

    kind: str
    number: str
    digest: str
    issuer: str
    on: date
    in_force: bool
    successor: str


def numbered(number: str) -> Numbered | None:
    """What this node issued under a number, the newest; None where it issued nothing."""
    for kind, table in (("certificate", IssuedCertificate), ("claim", ContentClaim)):
        row = table.objects.filter(number=number).order_by("-index").first()
        if row is not None:
            found = issued(kind, row.id)
            content = found.content
            after = table.objects.filter(id=row.value.successor).first() if row.value.successor else None
            return Numbered(
                kind,
                number,
                content.digest,
                found.names[content.issuer],
                content.on,
                not found.revoked,
                after.number if after else "",
            )
    return None


def find(name: str, reader: object | None = None) -> tuple[str, str]:
    """The newest certificate or claim that is meant by a name: its paper's own, or that of a lot or a movement of which
    it speaks; kind and name of the paper. With a reader, only what it may see. Raises NotFound.
    """
    prefix, _, bare = name.rpartition(":")
    for kind in _sources:
        if prefix in ("", kind) and _sources[kind](bare) is not None:
            return _seen(kind, bare, reader, name)
    found = [f"certificate:{row}" for row in _of_movement(bare)] if prefix in ("", "movement") else []
    if not found and prefix in ("", "lot"):
        lot = custody.lots([bare]).get(bare)
        found = [f"certificate:{part.certificate}" for part in reversed(lot.certified)] if lot else []
    if not found:
        raise unknown(name)
    kind, _, paper = found[0].partition(":")
    return _seen(kind, paper, reader, name)


def _of_movement(movement: str) -> Iterable[str]:
    rows = IssuedCertificate.objects.filter(movement=movement)
    return rows.order_by("-in_force", "-index").values_list("id", flat=True)


def _seen(kind: str, paper: str, reader: object | None, name: str) -> tuple[str, str]:
    organisation = getattr(reader, "organisation", reader)
    if reader is not None and not readable(cast("str | None", organisation), [f"{kind}:{paper}"]):
        raise unknown(name)
    return kind, paper


def _key() -> tuple[str, datetime]:
    """The key with which this node signs what it issues, and since when it counts."""
    id = journal.attested_key(journal.NODE_ORGANISATION)
    return id, Key.objects.get(id=id).value.since


def jwt(found: Issued, file: str = "") -> str:
    """The credential, signed by this node; the same for the same certificate until the key is changed."""
    key, since = _key()
    at = max(found.content.at, since)
    told = credentials.told(found.content, found.authority, found.names, at, file)
    return signed.write(keyring.private(key), signed.kid(settings.NODE, key), credentials.TYP, told, cty="vc")


def code(found: Issued) -> str:
    """What the code on the paper holds: a short payload, signed."""
    key, since = _key()
    told = credentials.short(found.content, max(found.content.at, since))
    return signed.write(keyring.private(key), signed.kid(settings.NODE, key), "meguri+jws", told)


def key_name() -> str:
    """The key by which this node's papers are checked."""
    return signed.kid(settings.NODE, _key()[0])


def status_list(number: int, at: datetime | None = None) -> str:
    """A list of what is revoked as this node has it now, signed."""
    key, since = _key()
    first = number * statuses.ENTRIES
    gone = [index - first for read in _revoked for index in read(first, first + statuses.ENTRIES)]
    told = statuses.list_of(settings.NODE, number, gone, max(at or clock.now(), since))
    return signed.write(keyring.private(key), signed.kid(settings.NODE, key), "vc+jwt", told, cty="vc")


def lists() -> int:
    """How many lists there are: every number of an act stands in one."""
    tables = (IssuedCertificate, ContentClaim)
    newest = max(one.objects.order_by("-index").values_list("index", flat=True).first() or 0 for one in tables)
    return newest // statuses.ENTRIES + 1


def statement() -> IssuerStatement:
    """What this node says of itself as an issuer, for those who check without asking."""
    _key()
    rows: Mapping[str, Key] = {row.id: row for row in Key.objects.filter(owner=journal.NODE_ORGANISATION)}
    keys = tuple(
        IssuerKey(
            kid=signed.kid(settings.NODE, id), x=row.value.public, since=row.value.since, revoked=row.value.revoked
        )
        for id, row in sorted(rows.items())
    )
    found = {statuses.address(settings.NODE, number): status_list(number) for number in range(lists())}
    return IssuerStatement(node=settings.NODE, keys=keys, lists=found)
