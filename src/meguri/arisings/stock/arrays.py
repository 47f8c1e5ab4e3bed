"""From what a caller gives (numpy or labelled) to checked plain arrays, and from plain arrays to labelled results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from meguri.arisings.stock.lifetimes import Array, LifetimeLaw, numbers
from meguri.arisings.stock.repairs import NAMED, Repairs
from meguri.kit.problems import N_, Refused, refuse

if TYPE_CHECKING:
    import xarray as xr

#: Kilograms per unit of mass; other units are counts (``vehicles``, ``units``) and never convert into mass.
KILOGRAMS = {"g": 1e-3, "kg": 1.0, "t": 1e3, "tonne": 1e3, "tonnes": 1e3, "kt": 1e6, "kilotonnes": 1e6, "Mt": 1e9}

#: Names of the axes after the year when plain arrays are given, by their number.
AXES: dict[int, tuple[str, ...]] = {0: (), 1: ("product",), 2: ("product", "economy")}


@dataclass(frozen=True)
class Frame:
    """The years and the named axes after them, with the unit: what turns plain arrays into labelled ones and back."""

    years: tuple[int, ...]
    dims: tuple[str, ...]
    coords: tuple[tuple[Any, ...], ...]
    unit: str

    @property
    def rest(self) -> tuple[int, ...]:
        """Sizes of the axes after the year."""
        return tuple(len(each) for each in self.coords)

    @property
    def cells(self) -> int:
        """Number of series (product times economy)."""
        return int(np.prod(self.rest, dtype=np.int64))

    def where(self, what: str, *index: int) -> str:
        """JSON Pointer of one cell: year index, then the indices of the other axes."""
        names = [str(self.years[index[0]])]
        names += [str(labels[each]) for labels, each in zip(self.coords, index[1:], strict=True)]
        return f"/{what}/" + "/".join(names)

    def label(
        self, values: Array, name: str, attrs: Mapping[str, Any], cohorts: Sequence[int] | None = None
    ) -> xr.DataArray:
        """Label ``(year, [cohort,] cells)`` values; cells unfold into the axes of the frame. No copy."""
        import xarray as xr

        leading: dict[str, Any] = {} if values.ndim == 1 else {"year": list(self.years)}
        if cohorts is not None:
            leading["cohort"] = list(cohorts)
        shape = (*(len(each) for each in leading.values()), *self.rest)
        coords = leading | dict(zip(self.dims, map(list, self.coords), strict=True))
        return xr.DataArray(values.reshape(shape), coords=coords, dims=[*leading, *self.dims], name=name, attrs=attrs)


def placed(given: Any, frame: Frame, what: str, *, rows: Sequence[int] = (), axis: str = "year") -> Array:
    """Lay a value out over the cells: ``(cells,)``, or ``(row, cells)`` when it carries the leading axis.

    ``rows`` are the allowed lengths of that axis. Labelled values are aligned by name and label.
    """
    if hasattr(given, "dims"):
        given = _aligned(given, frame, what, axis)
    plain = numbers(given, what)
    try:
        if plain.ndim <= len(frame.rest):
            return np.ascontiguousarray(np.broadcast_to(plain, frame.rest)).reshape(frame.cells)
        if plain.ndim == len(frame.rest) + 1 and (plain.shape[0] in rows or plain.shape[0] == 1):
            row = plain.shape[0]
            return np.ascontiguousarray(np.broadcast_to(plain, (row, *frame.rest))).reshape(row, frame.cells)
    except ValueError:
        pass
    raise refuse(
        N_(
            "{what} has the shape {shape}; it must broadcast against {rest} ({dims}), or carry one axis more in front "
            "for the {axis}, of length {rows}."
        ),
        f"/{what}",
        "wrong-dimensions",
        what=what,
        shape=str(plain.shape),
        rest=str(frame.rest),
        dims=", ".join(frame.dims) or "-",
        axis=axis,
        rows=" / ".join(str(each) for each in rows) or "-",
    )


def _aligned(given: Any, frame: Frame, what: str, axis: str) -> Array:
    strange = [str(each) for each in given.dims if each not in (*frame.dims, axis)]
    if strange:
        raise refuse(
            N_("{what} has an axis that the series does not have: {strange}. Known axes: {dims}."),
            f"/{what}",
            "wrong-dimensions",
            what=what,
            strange=", ".join(strange),
            dims=", ".join((axis, *frame.dims)),
        )
    for dim, labels in zip(frame.dims, frame.coords, strict=True):
        if dim in given.dims and dim in given.coords:
            absent = [str(each) for each in labels if each not in set(given[dim].values.tolist())]
            if absent:
                raise refuse(
                    N_("{what} says nothing of {dim} {absent}."),
                    f"/{what}",
                    "label-missing",
                    what=what,
                    dim=dim,
                    absent=", ".join(absent[:NAMED]),
                )
            given = given.sel({dim: list(labels)})
    given = given.transpose(*(each for each in (axis, *frame.dims) if each in given.dims))
    if axis == "year" and axis in given.dims and axis in given.coords:
        given = given.sel(year=[each for each in frame.years if each in set(given["year"].values.tolist())])
    index = tuple(slice(None) if each in given.dims else np.newaxis for each in frame.dims)
    lead = (slice(None),) if axis in given.dims else ()
    return np.asarray(given.values, dtype=np.float64)[(*lead, *index)]


def placed_lifetime(lifetime: LifetimeLaw, frame: Frame, what: str, cohorts: Sequence[Sequence[int]]) -> LifetimeLaw:
    """The law with its parameters laid out over the cells; ``(cohort, cells)`` where they depend on the cohort.

    ``cohorts``: the lists of years of sale that may be given, shortest first.
    """
    if not isinstance(lifetime, LifetimeLaw):
        raise refuse(
            N_("{what} must be a lifetime law such as Weibull(shape, scale); got {got}."),
            f"/{what}",
            "wrong-lifetime",
            what=what,
            got=type(lifetime).__name__,
        )
    return replace(
        lifetime,
        **{
            name: placed(
                _of_cohorts(value, f"{what}/{name}", cohorts),
                frame,
                f"{what}/{name}",
                rows=[len(each) for each in cohorts],
                axis="cohort",
            )
            for name, value in lifetime.parameters().items()
        },
    )


def _of_cohorts(value: Any, what: str, cohorts: Sequence[Sequence[int]]) -> Any:
    """The rows of a labelled parameter for the longest list of cohorts that it covers."""
    if "cohort" not in getattr(value, "dims", ()) or "cohort" not in value.coords:
        return value
    stated = set(value["cohort"].values.tolist())
    for years in sorted(cohorts, key=len, reverse=True):
        if stated >= set(years):
            return value.sel(cohort=list(years))
    absent = sorted(set(cohorts[0]) - stated)
    raise refuse(
        N_("{what} says nothing of {dim} {absent}."),
        f"/{what}",
        "label-missing",
        what=what,
        dim="cohort",
        absent=", ".join(str(each) for each in absent[:NAMED]),
    )


def same_unit(value: Any, unit: str | None, frame: Frame, what: str, repairs: Repairs) -> Any:
    """The value in the unit of the frame: units that differ are refused, or converted where asked (masses only)."""
    unit = unit or (value.attrs.get("unit") if hasattr(value, "attrs") else None) or frame.unit
    if unit == frame.unit:
        return value
    if not repairs.allows("unit-converted") or not {unit, frame.unit} <= KILOGRAMS.keys():
        raise mixed_units(what, unit, frame.unit)
    factor = KILOGRAMS[unit] / KILOGRAMS[frame.unit]
    repairs.note("unit-converted", f"/{what}", 1.0, factor)
    return value * factor if hasattr(value, "dims") else np.asarray(value, dtype=np.float64) * factor


def mixed_units(what: str, got: str, wanted: str) -> Refused:
    """The refusal of a figure in another unit."""
    return refuse(
        N_("{what} is in {got}, the rest in {wanted}; give both in {wanted}."),
        f"/{what}",
        "mixed-units",
        what=what,
        got=got,
        wanted=wanted,
    )
