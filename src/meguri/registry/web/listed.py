"""What systems read of the registry as lists. Open to anyone, as its pages are."""

from __future__ import annotations

from meguri.journal.listing import Filter, Listed
from meguri.journal.models import Delegation
from meguri.registry import models

LISTS = (
    Listed(
        "organisations",
        "organisation",
        models.Organisation,
        "An organisation.",
        {
            "economy": Filter("economy", "economy, ISO 3166 alpha-3"),
            "authority": Filter("authority", "the law's name of an authority, such as mys-doe"),
        },
        open=True,
        record=True,
    ),
    Listed(
        "facilities",
        "facility",
        models.Facility,
        "A facility.",
        {
            "organisation": Filter("organisation", "whose it is: organisation:…"),
            "economy": Filter("economy", "economy, ISO 3166 alpha-3"),
        },
        open=True,
        record=True,
    ),
    Listed(
        "licences",
        "licence",
        models.Licence,
        "A licence.",
        {
            "holder": Filter("holder", "who holds it: organisation:… or facility:…"),
            "kind": Filter("kind", "its kind"),
        },
        open=True,
        record=True,
    ),
    Listed(
        "delegations",
        "delegation",
        Delegation,
        "That an organisation lets another act for it.",
        {
            "giver": Filter("giver", "who lets it: organisation:…"),
            "to": Filter("holder", "who may act: organisation:…"),
        },
        open=True,
        record=True,
    ),
)
