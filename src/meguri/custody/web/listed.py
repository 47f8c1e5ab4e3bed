"""What systems read of custody as a list: the lots that their organisation sees."""

from __future__ import annotations

from typing import get_args

from meguri.custody.models import Lot
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
)
