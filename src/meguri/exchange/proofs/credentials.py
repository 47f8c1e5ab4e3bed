"""Verifiable credentials of certificates and claims: VC data model 2.0 enveloped by JOSE, in UNTP's vocabulary. Pure.

A certificate is a Digital Conformity Credential: what was assessed, at which facility, the measured values, and by
which authorisation. What UNTP has no word for stands under `meguri`, as it is on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from meguri.exchange.proofs import signed, statuses
from meguri.exchange.proofs.content import ProofContent, ProvenAuthority
from meguri.kit import clock

VC = "https://www.w3.org/ns/credentials/v2"
UNTP = "https://test.uncefact.org/vocabulary/untp/dcc/0.6.0/"
TYP = "vc+jwt"


class ReadProof(msgspec.Struct, frozen=True, kw_only=True):
    """A credential read: what it says, the digest that it gives, by which licences, when it was issued, its status.

    `file` is the digest of the PDF that carries it, empty where none does.
    """

    content: ProofContent
    digest: str
    told: dict[str, Any]
    authority: tuple[ProvenAuthority, ...]
    issued: datetime
    lists: str
    place: int
    file: str = ""


def told(
    content: ProofContent, authority: Sequence[ProvenAuthority], names: dict[str, str], at: datetime, file: str = ""
) -> dict[str, Any]:
    """The credential's JSON. `names` are the names of issuer and site, for people."""
    id = f"urn:meguri:{content.node}:{content.kind}:{content.paper}"
    node = signed.did(content.node)
    facility = {"type": ["Facility"], "id": f"urn:meguri:{content.node}:facility:{content.site}"}
    return {
        "@context": [VC, UNTP],
        "type": ["VerifiableCredential", "DigitalConformityCredential"],
        "id": id,
        "issuer": {"type": ["CredentialIssuer"], "id": node, "name": content.node},
        "validFrom": clock.stamp(at),
        "credentialStatus": statuses.entry(content.node, content.index),
        "credentialSubject": {
            "type": ["ConformityAttestation"],
            "id": id,
            "name": content.number,
            "assessorLevel": "Self",
            "attestationType": "certification",
            "issuedToParty": _party(content.node, content.issuer, names.get(content.issuer, content.issuer)),
            "authorisation": [
                {
                    "type": ["Endorsement"],
                    "id": f"urn:meguri:{content.node}:licence:{one.licence}",
                    "name": one.number,
                    "issuingAuthority": _party(content.node, one.issued_by, one.issued_by),
                }
                for one in authority
            ],
            "assessment": [
                {
                    "type": ["ConformityAssessment", "Declaration"],
                    "id": f"{id}:{number}",
                    "assessmentDate": content.on.isoformat(),
                    "assessedFacility": [{**facility, "name": names.get(content.site, content.site)}],
                    "declaredValue": [
                        {
                            "type": ["Metric"],
                            "metricName": f"{metal.element}: mass",
                            "metricValue": {"type": ["Measure"], "value": metal.grams, "unit": "GRM"},
                        }
                    ],
                    "compliance": True,
                }
                for number, metal in enumerate(content.metals, start=1)
            ],
        },
        "meguri": {
            "content": msgspec.to_builtins(content),
            "digest": content.digest,
            "authority": msgspec.to_builtins(tuple(authority)),
            **({"file": file} if file else {}),
        },
    }


def _party(node: str, subject: str, name: str) -> dict[str, Any]:
    return {"type": ["Entity"], "id": f"urn:meguri:{node}:{subject}", "name": name}


def read(token: signed.Token) -> ReadProof:
    """What a credential says. ValueError where it is none of ours; nothing is checked yet."""
    try:
        own = token.told["meguri"]
        status = token.told["credentialStatus"]
        return ReadProof(
            content=msgspec.convert(own["content"], ProofContent),
            digest=str(own["digest"]),
            told=own["content"],
            authority=msgspec.convert(own["authority"], tuple[ProvenAuthority, ...]),
            issued=clock.parse(token.told["validFrom"]),
            lists=str(status["statusListCredential"]),
            place=int(status["statusListIndex"]),
            file=str(own.get("file", "")),
        )
    except (KeyError, TypeError, AttributeError, msgspec.ValidationError) as error:
        raise ValueError("no credential of a certificate or a claim") from error


def short(content: ProofContent, at: datetime) -> dict[str, str]:
    """What the code on the paper says: number, whole digest, day, and by which node."""
    return {"i": content.node, "k": content.kind, "n": content.number, "d": content.digest, "t": clock.stamp(at)}
