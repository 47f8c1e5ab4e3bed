"""What systems read of custody as lists: lots, samples, certificates, accounts, claims that their organisation sees."""

from __future__ import annotations

from typing import get_args

from meguri.custody.models import ClaimAccount, ContentClaim, IssuedCertificate, Lot, LotSample
from meguri.custody.states import Status
from meguri.journal.listing import Filter, Listed

LISTS = (
    Listed(
        "lots",
        "lot",
        Lot,
        "A lot. Masses in grams.",
        {
            "status": Filter("status", "where it stands", get_args(Status)),
            "holder": Filter("holder", "who holds it: organisation:…"),
            "bound_for": Filter("bound_for", "whom it is on its way to: organisation:…"),
            "stream": Filter("stream", "material, such as circuit-boards"),
            "facility": Filter("facility", "the facility where it lies"),
            "movement": Filter("movement", "the movement that it goes with"),
        },
    ),
    Listed(
        "samples",
        "sample",
        LotSample,
        "A sample of lots that are settled together. Masses in grams, contents in parts per billion of the dry mass.",
        {"holder": Filter("holder", "who drew it: organisation:…")},
        record=True,
    ),
    Listed(
        "certificates",
        "certificate",
        IssuedCertificate,
        "A certificate of recovery. Masses in grams.",
        {
            "movement": Filter("movement", "the movement of which it is"),
            "operator": Filter("operator", "who issued it: organisation:…"),
            "number": Filter("number", "its number"),
        },
        record=True,
    ),
    Listed(
        "accounts",
        "content",
        ClaimAccount,
        "An account of recycled content. Masses in grams, factors in millionths.",
        {
            "facility": Filter("facility", "the site of which it is"),
            "element": Filter("element", "the metal, such as Cu"),
            "model": Filter("model", "the model of the chain of custody"),
        },
        record=True,
    ),
    Listed(
        "claims",
        "claim",
        ContentClaim,
        "A claim of recycled content. Masses in grams.",
        {
            "account": Filter("account", "the account of which it was claimed"),
            "holder": Filter("holder", "who holds it: organisation:…"),
            "number": Filter("number", "its number"),
        },
        record=True,
    ),
)
