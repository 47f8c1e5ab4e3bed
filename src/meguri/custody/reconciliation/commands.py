"""``meguri reconcile``: a site's measured figures beside those that fit together; and its benchmark."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import TYPE_CHECKING, Any

from meguri.kit import benches
from meguri.kit.language.speaking import add_language
from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words

if TYPE_CHECKING:
    from meguri.custody.reconciliation.measured import Reconciled
    from meguri.custody.reconciliation.sites import SiteReconciliation

MOST_SHOWN = 20
ALONE = Words("one balance alone cannot tell which: candidates are {names}")
TOGETHER = Words("candidates are {names}")


def register(subparsers: Any, opened: Callable[[], AbstractContextManager[None]]) -> None:
    """Add the command and the benchmark; `opened` opens the record."""
    parser = subparsers.add_parser(
        "reconcile",
        help="which weighings and assays of a site fit together, and how well",
        description="Reconcile the masses and assayed elements of a site over a period by weighted least squares. "
        "Reconciled figures stand beside measured ones and never replace them. Exit status 1 where a test fails.",
    )
    parser.add_argument("--site", required=True, help="the facility's id")
    parser.add_argument("--from", dest="first", required=True, metavar="DAY", help="the first day, such as 2026-01-01")
    parser.add_argument("--to", dest="last", required=True, metavar="DAY", help="the last day")
    parser.add_argument("--element", action="append", default=[], help="only this element; may be repeated")
    parser.add_argument("--all", action="store_true", help="every flow, not only the most suspect")
    parser.add_argument("--json", action="store_true", help="print one JSON object; masses in grams")
    add_language(parser)
    parser.set_defaults(run=lambda arguments: run(arguments, opened))
    benches.add("reconcile", "a year of one smelter reconciled: 20,000 events, 12 elements", _bench, _configure)


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=20_000, help="how many events (default 20,000)")


def _bench(arguments: argparse.Namespace) -> int:
    from meguri.custody.reconciliation import bench

    return bench.run(arguments.events, arguments.json)


def day(written: str, pointer: str) -> date:
    """A day. Refused where it is none."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise refuse(
            N_("“{written}” is not a date. Write year, month and day, such as 2025-10-01."),
            pointer,
            "date",
            written=written[:40],
        ) from None


def run(arguments: argparse.Namespace, opened: Callable[[], AbstractContextManager[None]]) -> int:
    """Print what came of it; 1 where a test speaks against the figures."""
    first, last = day(arguments.first, "/from"), day(arguments.last, "/to")
    if last < first:
        raise refuse(N_("The last day is before the first."), "/to", "range")
    with opened():
        from meguri.custody.reconciliation import recorded
        from meguri.registry import services as registry

        registry.facility(arguments.site)
        found = recorded.reconciled(arguments.site, first, last, arguments.element)
    told = as_json(found, None if arguments.all else MOST_SHOWN)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        _tell(found)
    return 0 if told["fits"] else 1


def as_json(found: SiteReconciliation, most: int | None = None) -> dict[str, Any]:
    """A reconciliation as one object; masses and elements in grams. Of flows the `most` suspect."""
    parts = (found.masses, *found.elements)
    return {
        "site": found.site,
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "events": found.events,
        "fits": all(part.result is None or part.result.fits for part in parts),
        "masses": _one_json(found.masses, most),
        "elements": {part.element: _one_json(part, most) for part in found.elements},
        "yields": [
            {
                "smelter": one.key.smelter,
                "supplier": one.key.supplier,
                "quarter": one.key.quarter,
                "element": one.key.element,
                "recovered_g": one.recovered_g,
                "expected_g": one.expected_g,
                "sd_g": one.sd_g,
                "assayed": one.assayed,
                "z": one.z,
                "flagged": one.flagged,
            }
            for one in found.yields
        ],
    }


def _one_json(part: Reconciled, most: int | None) -> dict[str, Any] | None:
    left_out = [{"balance": balance, "not_measured": lot} for balance, lot in part.left_out]
    found = part.result
    if found is None:
        return {"fits": None, "left_out": left_out}
    return {
        "fits": found.fits,
        "global": {"gamma": found.gamma, "degrees": found.degrees, "limit": found.gamma_limit},
        "node_limit": found.node_limit,
        "flow_limit": found.flow_limit,
        "balances": [
            {"balance": one.node, "residual_g": one.residual, "sd_g": one.sd, "z": one.z}
            for one in found.suspect_nodes(most)
        ],
        "flows": [
            {
                "flow": one.name,
                "from": one.source,
                "to": one.target,
                "measured_g": one.measured,
                "u_g": one.u,
                "reconciled_g": one.reconciled,
                "z": one.z,
            }
            for one in found.suspect_flows(most)
        ],
        "suspicions": [
            {"balances": list(one.nodes), "candidates": list(one.candidates), "alone": one.alone}
            for one in found.suspicions
        ],
        "left_out": left_out,
    }


def _tell(found: SiteReconciliation) -> None:
    for part in (found.masses, *found.elements):
        name = part.element or Words("masses", context="reconciliation").say()
        if part.result is None:
            print(f"{name}: {Words('nothing was measured on both sides of a balance')}")
            continue
        one = part.result
        verdict = Words("nothing speaks against the figures") if one.fits else Words("the figures do not fit")
        print(f"{name}: {verdict} (γ {one.gamma:.2f}, {one.degrees} → {one.gamma_limit:.2f})")
        for suspicion in one.suspicions[:MOST_SHOWN]:
            words = ALONE if suspicion.alone else TOGETHER
            print(f"  {', '.join(suspicion.nodes)}: {words.format(names=', '.join(suspicion.candidates))}")
        if part.left_out:
            words = Words("{count} balances were left out: not everything was measured")
            print(f"  {words.format(count=len(part.left_out))}")
    flagged = [one for one in found.yields if one.flagged]
    for test in flagged[:MOST_SHOWN]:
        key = test.key
        words = Words("{element}, {quarter}: recovered {recovered} g, expected {expected} ± {sd} g (z {z})")
        told = words.format(
            element=key.element,
            quarter=key.quarter,
            recovered=f"{test.recovered_g:,.0f}",
            expected=f"{test.expected_g:,.0f}",
            sd=f"{test.sd_g:,.0f}",
            z=f"{test.z:+.1f}",
        )
        print(f"  {told} {key.supplier or '-'}")
