"""The price board: what a buying point pays a kilogram, by class. Outside the record: prices are the buyer's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import msgspec
from django.db import transaction

from meguri.buying import vocabulary
from meguri.buying.models import BoardPrice
from meguri.kit import clock
from meguri.kit.grams import decimal_of
from meguri.kit.problems import N_, refuse

CURRENCY = re.compile(r"[A-Z]{3}")
MOST = Decimal(10**9)
CENT = Decimal("0.01")


class PricePaid(msgspec.Struct, frozen=True):
    """What was paid for a lot, as it is kept beside the act of buying."""

    per_kg: str
    currency: str
    total: str


def plain(amount: Decimal) -> str:
    """An amount without cents that say nothing: ``12``, ``4.50``."""
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"


def amount(written: str, pointer: str) -> Decimal:
    """An amount of money as a form has it, to the hundredth."""
    found = decimal_of(written)
    if found is None or not 0 <= found <= MOST or found != found.quantize(CENT):
        raise refuse(
            N_("“{written}” is no price. Write it like 12 or 4.50, without the currency."),
            pointer,
            "price",
            written=written.strip()[:40],
        )
    return found


def currency(written: str) -> str:
    """A currency's three letters (ISO 4217)."""
    found = written.strip().upper()
    if not CURRENCY.fullmatch(found):
        raise refuse(N_("Write the currency's three letters, such as MYR or JPY."), "/currency", "currency")
    return found


def priced(per_kg: Decimal, code: str, grams: int) -> PricePaid:
    """What a mass costs."""
    total = (per_kg * grams / 1000).quantize(CENT, ROUND_HALF_UP)
    return PricePaid(plain(per_kg), code, plain(total))


def of(facility: str) -> dict[str, BoardPrice]:
    """The prices of a buying point by stream, in the order of tiles."""
    rows = {row.stream: row for row in BoardPrice.objects.filter(facility=facility)}
    return {stream: rows[stream] for stream in vocabulary.classes() if stream in rows}


def write(facility: str, code: str, given: Mapping[str, tuple[str, str]]) -> None:
    """Write the board anew: by stream the price as scrap and what is added; a class without a price is not bought."""
    code = currency(code)
    lines = {}
    for stream in vocabulary.classes():
        scrap, premium = given.get(stream, ("", ""))
        if scrap.strip() or premium.strip():
            lines[stream] = (amount(scrap or "0", f"/scrap-{stream}"), amount(premium or "0", f"/premium-{stream}"))
    if not lines:
        first = next(iter(vocabulary.classes()))
        raise refuse(N_("Write the price of at least one class."), f"/scrap-{first}", "empty")
    with transaction.atomic():
        before = of(facility)
        BoardPrice.objects.filter(facility=facility).exclude(stream__in=list(lines)).delete()
        for stream, (scrap_price, premium_price) in lines.items():
            row = before.get(stream)
            if row and (row.scrap, row.premium, row.currency) == (scrap_price, premium_price, code):
                continue
            BoardPrice.objects.update_or_create(
                facility=facility,
                stream=stream,
                defaults={
                    "scrap": scrap_price, "premium": premium_price, "currency": code, "changed": clock.now(),
                },
            )  # fmt: skip
