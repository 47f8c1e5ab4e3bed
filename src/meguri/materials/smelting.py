"""What a smelter makes of a lot: recovered metals, slag and loss, by an assay or by the figures on file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from meguri.kit.grams import MOST_G, apportion
from meguri.kit.problems import N_, Problem, gather, nearest, refuse
from meguri.materials.estimates import Contents, Estimate, stated, update
from meguri.materials.streams import contents as contents_on_file
from meguri.reference import Confidence, elements, recovery, weakest

ROUTE = "integrated-cu-pb-smelter"
PRODUCTS: tuple[str, ...] = ("Cu", "Au", "Ag", "Pd")

# Of what is neither product nor another listed element (plastics, resin, glass fibre), about half burns or leaves
# with the gas. From memory: boards lose 25 to 35 % on ignition.
BURNT_SHARE = 0.5
BURNT_SOURCE = "assumption: half of the non-metal part burns; boards lose 25 to 35 % on ignition, recalled"


@dataclass(frozen=True)
class Yield:
    """The share of an element's content that a route recovers, with its range and where it comes from."""

    share: float
    low: float
    high: float
    source: str
    confidence: Confidence
    given: bool = False


@dataclass(frozen=True)
class MetalLine:
    """One recovered metal: what was used (`content`, `yield_`), what came out, and what the file had expected.

    `sd_g` is the standard deviation of the recovered mass that follows from the content's. `expected_g` uses the
    content and the yield on file for the stream and is None where no content is on file.
    """

    element: str
    content: Estimate
    yield_: Yield
    recovered_g: int
    sd_g: float
    expected_g: float | None
    content_given: bool

    @property
    def overridden(self) -> bool:
        """Whether an assay or a stated yield took the place of the file."""
        return self.content_given or self.yield_.given


@dataclass(frozen=True)
class SmeltResult:
    """`lines`, `slag_g` and `loss_g` add up to `mass_g` exactly; no cell is negative.

    Slag counts what the lot itself gives (other metals, oxides, unrecovered products), without flux; loss is what
    burns or leaves with the gas.
    """

    mass_g: int
    lines: tuple[MetalLine, ...]
    slag_g: int
    loss_g: int
    confidence: Confidence
    sources: tuple[str, ...]

    @property
    def recovered(self) -> dict[str, int]:
        """Grams recovered by element."""
        return {line.element: line.recovered_g for line in self.lines}

    @property
    def expected(self) -> dict[str, float | None]:
        """Grams that the figures on file had expected, by element."""
        return {line.element: line.expected_g for line in self.lines}


def yields_on_file(route: str = ROUTE) -> dict[str, Yield]:
    """The yields of a route by element. Raises Refused for an unknown route, naming those on file."""
    found = {
        row.element: Yield(row.yield_share, row.low, row.high, row.source, row.confidence)
        for row in recovery()
        if row.route == route
    }
    if not found:
        known = sorted({row.route for row in recovery()})
        raise refuse(
            N_("“{route}” is not a route on file. Write one of {known}."),
            "/route",
            "route",
            route=route,
            known=", ".join(known),
        )
    return found


def smelt(
    mass_g: int,
    contents: Contents | Mapping[str, float] | None = None,
    yields: Mapping[str, float] | None = None,
    *,
    stream: str = "circuit-boards",
    route: str = ROUTE,
    products: tuple[str, ...] = PRODUCTS,
    loss_share: float | None = None,
) -> SmeltResult:
    """Melt `mass_g` grams of a stream into its products, slag and loss.

    `contents` are mass fractions by element (estimates such as an assay, or plain numbers, which count as declared);
    what they do not name keeps the stream's figure on file. `yields` override single elements of the route's yields
    on file (0 to 1). `loss_share` (0 to 1 of the input) overrides the assumed loss. Grams are shared out by
    largest remainders.

    Raises Refused, with a pointer for each field, for a mass, content, yield or loss that cannot be.
    """
    prior = contents_on_file(stream)
    given = _given(contents)
    used = update(prior, given)
    on_file = yields_on_file(route)
    gather(_problems(mass_g, used, on_file, yields or {}, products, loss_share))
    rates = {element: _yield(element, on_file, yields or {}) for element in products}
    shares = {element: used[element].value * rates[element].share if element in used else 0.0 for element in products}
    metals = math.fsum(shares.values())
    non_metal = max(0.0, 1 - math.fsum(estimate.value for estimate in used.values()))
    loss = BURNT_SHARE * non_metal if loss_share is None else loss_share
    if metals + loss > 1 + 1e-9:
        raise refuse(
            N_("Recovered metals ({metals}) and loss ({loss}) are more than the whole. Give a smaller loss."),
            "/loss_share",
            "share",
            metals=f"{metals:.4f}",
            loss=f"{loss:.4f}",
        )
    slag = max(0.0, 1 - metals - loss)
    cells = apportion(mass_g, [*(shares[element] for element in products), slag, loss])
    nothing = Estimate(0.0, 0.0, "no content on file", Confidence.MISSING, "prior")
    lines = tuple(
        MetalLine(
            element,
            used.get(element, nothing),
            rates[element],
            grams,
            mass_g * used.get(element, nothing).sd * rates[element].share,
            mass_g * prior[element].value * on_file[element].share if element in prior and element in on_file else None,
            element in given,
        )
        for element, grams in zip(products, cells, strict=False)
    )
    parts = [(max(line.recovered_g, 1), min(line.content.confidence, line.yield_.confidence)) for line in lines]
    sources = [s for line in lines for s in (line.content.source, line.yield_.source)]
    sources += [] if loss_share is not None else [BURNT_SOURCE]
    return SmeltResult(mass_g, lines, cells[-2], cells[-1], weakest(parts), tuple(dict.fromkeys(sources)))


def _given(contents: Contents | Mapping[str, float] | None) -> dict[str, Estimate]:
    stated_as_estimates = {e: v for e, v in (contents or {}).items() if isinstance(v, Estimate)}
    plain = {e: v for e, v in (contents or {}).items() if not isinstance(v, Estimate)}
    return {**stated_as_estimates, **stated(plain, "declared")}


def _yield(element: str, on_file: Mapping[str, Yield], given: Mapping[str, float]) -> Yield:
    if element in given:
        share = float(given[element])
        return Yield(share, share, share, "stated by the smelter", Confidence.SOURCED, True)
    return on_file[element]


def _problems(
    mass_g: int,
    used: Contents,
    on_file: Mapping[str, Yield],
    yields: Mapping[str, float],
    products: tuple[str, ...],
    loss_share: float | None,
) -> Iterator[Problem]:
    if isinstance(mass_g, bool) or not isinstance(mass_g, int) or not 0 <= mass_g <= MOST_G:
        yield Problem(
            N_("The mass is {mass}; write a whole number of grams from 0 to {most}."),
            "/mass_g",
            "mass",
            {"mass": mass_g, "most": MOST_G},
        )
    if not used:
        yield Problem(
            N_("No contents are on file for this stream. Give an assay."),
            "/contents",
            "missing",
        )
    for element, share in yields.items():
        if element not in elements():
            yield Problem(
                N_("“{element}” is not an element. Write its symbol, such as {hint}."),
                f"/yields/{element}",
                "element",
                {"element": element, "hint": nearest(element, elements()) or "Au"},
            )
        elif not _is_share(share):
            yield Problem(
                N_("The yield of {element} is {value}; write the share recovered, from 0 to 1."),
                f"/yields/{element}",
                "share",
                {"element": element, "value": share},
            )
    for element in products:
        if element not in on_file and element not in yields:
            yield Problem(
                N_("No yield of {element} is on file for this route. Give one."),
                f"/yields/{element}",
                "missing",
                {"element": element},
            )
    if loss_share is not None and not _is_share(loss_share):
        yield Problem(
            N_("The loss is {value}; write its share of the input, from 0 to 1."),
            "/loss_share",
            "share",
            {"value": loss_share},
        )


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
