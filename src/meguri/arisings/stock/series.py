"""Checks of a series by year: years, gaps, negative figures, units; each refused, or repaired by name where asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from meguri.arisings.stock.arrays import AXES, Frame, mixed_units
from meguri.arisings.stock.lifetimes import Array, numbers
from meguri.arisings.stock.repairs import NAMED, Repairs, cells_refused
from meguri.kit.problems import N_, Problem, refuse


def framed(
    given: Any,
    years: Sequence[int] | None,
    *,
    what: str,
    products: Sequence[str] | None,
    economies: Sequence[str] | None,
    unit: str | None,
    repairs: Repairs,
) -> tuple[Array, Frame]:
    """Check a series by year; returns ``(T, cells)`` values and the frame. ``what`` is ``inflow`` or ``stock``."""
    if hasattr(given, "dims"):
        values, frame = _from_labelled(given, years, what, unit)
    else:
        values, frame = _from_plain(given, years, what, products, economies, unit)
    values, frame = _years_in_order(values, frame, what, repairs)
    return checked(values, frame, what, repairs).reshape(len(frame.years), -1), frame


def _from_labelled(given: Any, years: Sequence[int] | None, what: str, unit: str | None) -> tuple[Array, Frame]:
    if "year" not in given.dims:
        raise refuse(
            N_("{what} has no axis named year; its axes are {dims}."),
            f"/{what}",
            "wrong-dimensions",
            what=what,
            dims=", ".join(map(str, given.dims)),
        )
    given = given.transpose("year", *(each for each in AXES[2] if each in given.dims), ...)
    own = _whole_years(given["year"].values, given.shape[0])
    if years is not None and tuple(years) != own:
        raise refuse(N_("The years given differ from those on {what} itself."), "/years", "years-differ", what=what)
    stated = given.attrs.get("unit")
    if stated and unit and stated != unit:
        raise mixed_units(what, stated, unit)
    dims = tuple(str(each) for each in given.dims[1:])
    coords = tuple(
        tuple(given[dim].values.tolist()) if dim in given.coords else tuple(range(given.sizes[dim])) for dim in dims
    )
    return np.array(given.values, dtype=np.float64), Frame(own, dims, coords, str(stated or unit or "kg"))


def _from_plain(
    given: Any,
    years: Sequence[int] | None,
    what: str,
    products: Sequence[str] | None,
    economies: Sequence[str] | None,
    unit: str | None,
) -> tuple[Array, Frame]:
    values = numbers(given, what)
    if values.ndim not in (1, 2, 3):
        raise refuse(
            N_("{what} must have the axes year, then product, then economy; got {ndim} axes."),
            f"/{what}",
            "wrong-dimensions",
            what=what,
            ndim=values.ndim,
        )
    if years is None:
        raise refuse(N_("Say the years of {what}: one for each row."), "/years", "years-missing", what=what)
    dims = AXES[values.ndim - 1]
    if values.ndim == 2 and economies is not None and products is None:
        dims = ("economy",)
    labels = {"product": products, "economy": economies}
    coords = []
    for axis, dim in enumerate(dims, start=1):
        names = labels[dim]
        if names is not None and len(names) != values.shape[axis]:
            raise refuse(
                N_("{what} has {size} entries along {dim}, but {count} names were given."),
                f"/{what}",
                "wrong-dimensions",
                what=what,
                size=values.shape[axis],
                dim=dim,
                count=len(names),
            )
        coords.append(tuple(names) if names is not None else tuple(range(values.shape[axis])))
    return values, Frame(_whole_years(years, values.shape[0]), dims, tuple(coords), unit or "kg")


def _whole_years(years: Any, rows: int) -> tuple[int, ...]:
    given = np.asarray(list(years))
    whole = given.astype(np.int64) if given.dtype.kind in "iuf" and np.isfinite(given).all() else None
    if whole is None or (whole != given).any() or len(whole) != rows or rows == 0:
        raise refuse(
            N_("The years must be whole numbers, one for each of the {rows} rows; got {count}."),
            "/years",
            "wrong-years",
            rows=rows,
            count=len(given),
        )
    if len(set(whole.tolist())) != len(whole):
        doubled = sorted({int(each) for each in whole if (whole == each).sum() > 1})
        raise refuse(
            N_("Each year may come once; doubled: {years}."),
            "/years",
            "doubled-years",
            years=", ".join(map(str, doubled)),
        )
    return tuple(whole.tolist())


def _years_in_order(values: Array, frame: Frame, what: str, repairs: Repairs) -> tuple[Array, Frame]:
    years = np.array(frame.years)
    order = np.argsort(years)
    if (order != np.arange(len(years))).any():
        if not repairs.allows("years-sorted"):
            raise refuse(
                N_("The years are not in rising order; sort them, or ask for the repair years-sorted."),
                "/years",
                "unsorted-years",
            )
        repairs.note("years-sorted", "/years", None, None)
        values, years = values[order], years[order]
    full = np.arange(years[0], years[-1] + 1)
    absent = sorted(set(full.tolist()) - set(years.tolist()))
    if absent:
        kind = "years-zero" if repairs.allows("years-zero") else "years-filled"
        if not repairs.allows(kind):
            raise refuse(
                N_(
                    "Years are missing: {years}. Give every year from {first} to {last}, or ask for the repair "
                    "years-filled."
                ),
                "/years",
                "missing-years",
                years=", ".join(map(str, absent)),
                first=int(years[0]),
                last=int(years[-1]),
            )
        flat = values.reshape(len(years), -1)
        if kind == "years-zero":
            filled = np.zeros((len(full), flat.shape[1]))
            filled[years - years[0]] = flat
        else:
            filled = np.stack([np.interp(full, years, flat[:, each]) for each in range(flat.shape[1])], axis=1)
        values, years = filled.reshape(len(full), *values.shape[1:]), full
        for year in absent:
            repairs.note(kind, f"/{what}/{year}", None, None)
    return values, replace(frame, years=tuple(int(each) for each in years))


def checked(values: Array, frame: Frame, what: str, repairs: Repairs) -> Array:
    """Refuse (or repair where asked) what is not a finite figure of zero or more; shape ``(T, *rest)``."""
    values = values.reshape(len(frame.years), *frame.rest)
    strange = ~np.isfinite(values)
    if strange.any():
        values = _gaps_filled(values, strange, frame, what, repairs)
    negative = values < 0
    if negative.any() and repairs.allows("negative-kept"):
        for index in np.argwhere(negative):
            figure = float(values[tuple(index)])
            repairs.note("negative-kept", frame.where(what, *index), figure, figure)
    elif negative.any():
        if not repairs.allows("negative-zeroed"):
            raise cells_refused(
                _cells(
                    negative,
                    frame,
                    what,
                    N_("{what} is negative ({value} {unit}) at {place}; it must be zero or more."),
                    "negative",
                    values,
                ),
                int(negative.sum()),
            )
        for index in np.argwhere(negative):
            repairs.note("negative-zeroed", frame.where(what, *index), float(values[tuple(index)]), 0.0)
        values = np.where(negative, 0.0, values)
    return values


def _gaps_filled(values: Array, strange: Any, frame: Frame, what: str, repairs: Repairs) -> Array:
    between = np.maximum.accumulate(~strange) & np.maximum.accumulate(~strange[::-1])[::-1]
    fillable = np.isnan(values) & between if repairs.allows("gaps-filled") else np.zeros_like(strange)
    left = strange & ~fillable
    if left.any():
        raise cells_refused(
            _cells(
                left,
                frame,
                what,
                N_("{what} has no figure at {place}; a number of zero or more is needed."),
                "no-figure",
            ),
            int(left.sum()),
        )
    years = np.array(frame.years, dtype=np.float64)
    values = values.copy()
    for cell in {tuple(each) for each in np.argwhere(strange)[:, 1:].tolist()}:
        column = values[(slice(None), *cell)]
        gap = np.isnan(column)
        column[gap] = np.interp(years[gap], years[~gap], column[~gap])
        for year in np.flatnonzero(gap):
            repairs.note("gaps-filled", frame.where(what, int(year), *cell), None, float(column[year]))
    return values


def _cells(mask: Any, frame: Frame, what: str, text: str, code: str, values: Array | None = None) -> Iterator[Problem]:
    for index in np.argwhere(mask)[:NAMED]:
        where = frame.where(what, *index)
        value = float(values[tuple(index)]) if values is not None else None
        place = " ".join(where.split("/")[2:])
        yield Problem(text, where, code, {"what": what, "place": place, "value": value, "unit": frame.unit})
