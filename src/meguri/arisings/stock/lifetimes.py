"""Lifetime laws: how long goods stay in use.

Every parameter is a number or an array that broadcasts against the axes after the year, ``(product, economy)``; one
axis more in front, ``(cohort, product, economy)``, makes the lifetime depend on the year of sale. Ages and lifetimes
are in years. Parameters may be ``xarray.DataArray``; the stock models then align them by name.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import numpy as np
import numpy.typing as npt

from meguri.kit.problems import N_, Problem, gather, refuse

Array = npt.NDArray[np.float64]
Parameter = Any  # a number, a numpy array or a DataArray; kept as float64

MOST_YEARS = 500.0
MOST_SHAPE = 100.0


@dataclass(frozen=True, eq=False)
class LifetimeLaw:
    """Base of all laws; use one of `Weibull`, `LogNormal`, `Normal`, `FoldedNormal`, `Gamma`, `Fixed`."""

    #: Largest sensible value by parameter; each must be above zero.
    limits: ClassVar[dict[str, float]] = {}
    #: Parameters that stretch with the lifetime.
    in_years: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        problems = []
        for name, most in self.limits.items():
            value = getattr(self, name)
            if not hasattr(value, "dims"):
                value = numbers(value, f"lifetime/{name}")
                object.__setattr__(self, name, value)
            bare = np.asarray(value, dtype=np.float64)
            wrong = ~((bare > 0) & (bare <= most))
            if bare.size == 0 or wrong.any():
                got = float(bare[wrong][0]) if wrong.any() else None
                problems.append(
                    Problem(
                        N_("{law}: {name} must be above 0 and at most {most}; got {got}."),
                        f"/lifetime/{name}",
                        "lifetime-out-of-range",
                        {"law": type(self).__name__, "name": name, "most": most, "got": got},
                    )
                )
        gather(problems)
        try:
            self.shape_of_parameters  # noqa: B018
        except ValueError:
            raise refuse(
                N_("{law}: the parameters have shapes that do not fit together: {shapes}."),
                "/lifetime",
                "wrong-dimensions",
                law=type(self).__name__,
                shapes=", ".join(str(np.shape(each)) for each in self.parameters().values()),
            ) from None

    def parameters(self) -> dict[str, Any]:
        """The parameters by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def shape_of_parameters(self) -> tuple[int, ...]:
        """The common shape of the parameters."""
        return np.broadcast_shapes(*(np.shape(each) for each in self.parameters().values()))

    @property
    def ndim(self) -> int:
        """Number of axes of the parameters."""
        return len(self.shape_of_parameters)

    def scaled(self, factor: Parameter) -> Self:
        """The same law with every lifetime ``factor`` times as long (mean and spread alike).

        >>> round(float(Weibull(2.0, 10.0).scaled(1.5).mean), 3)
        13.293
        """
        return replace(self, **{name: getattr(self, name) * np.asarray(factor) for name in self.in_years})

    def of_cohort(self, cohort: int) -> Self:
        """The law of one cohort, where the parameters carry a leading cohort axis."""
        full = self.shape_of_parameters
        return replace(
            self,
            **{name: np.broadcast_to(np.asarray(value), full)[cohort] for name, value in self.parameters().items()},
        )

    def survival(self, ages: npt.ArrayLike) -> Array:
        """Share still in use at each age; shape ``ages.shape + parameters' shape``, between 0 and 1.

        >>> Fixed(3.0).survival([0, 1, 2, 3]).tolist()
        [1.0, 1.0, 1.0, 0.0]
        """
        return self._survival(self._outer(ages))

    def density(self, ages: npt.ArrayLike) -> Array:
        """Probability density of leaving at each age, per year; shape as `survival`."""
        return self._density(self._outer(ages))

    if TYPE_CHECKING:  # some laws have these as parameters, so the base must not define them

        @property
        def mean(self) -> Array:
            """Mean lifetime, years."""

        @property
        def sd(self) -> Array:
            """Standard deviation of the lifetime, years."""

    @property
    def median(self) -> Array:
        """Median lifetime, years."""
        raise NotImplementedError

    @classmethod
    def from_mean_and_sd(cls, mean: Parameter, sd: Parameter) -> Self:
        """The law with this mean and standard deviation, both in years."""
        raise NotImplementedError

    def _outer(self, ages: npt.ArrayLike) -> Array:
        given = np.asarray(ages, dtype=np.float64)
        return given[(...,) + (np.newaxis,) * self.ndim]

    def _survival(self, ages: Array) -> Array:
        raise NotImplementedError

    def _density(self, ages: Array) -> Array:
        raise NotImplementedError


def _special() -> Any:
    from scipy import special

    return special


@dataclass(frozen=True, eq=False)
class Weibull(LifetimeLaw):
    """Weibull law, ``S(a) = exp(-(a / scale)^shape)``: ``shape`` without unit, ``scale`` in years.

    >>> life = Weibull(shape=2.0, scale=10.0)
    >>> life.survival([0, 10]).round(4).tolist()
    [1.0, 0.3679]
    """

    shape: Parameter
    scale: Parameter
    limits: ClassVar[dict[str, float]] = {"shape": MOST_SHAPE, "scale": MOST_YEARS}
    in_years: ClassVar[tuple[str, ...]] = ("scale",)

    @property
    def mean(self) -> Array:
        """Mean lifetime, years: ``scale * Gamma(1 + 1 / shape)``."""
        return np.asarray(self.scale) * _special().gamma(1 + 1 / np.asarray(self.shape))

    @property
    def sd(self) -> Array:
        """Standard deviation of the lifetime, years."""
        gamma, shape = _special().gamma, np.asarray(self.shape)
        return np.asarray(self.scale) * np.sqrt(gamma(1 + 2 / shape) - gamma(1 + 1 / shape) ** 2)

    @property
    def median(self) -> Array:
        """Median lifetime, years."""
        return np.asarray(self.scale) * np.log(2.0) ** (1 / np.asarray(self.shape))

    @classmethod
    def from_mean_and_sd(cls, mean: Parameter, sd: Parameter) -> Self:
        """The Weibull law with this mean and standard deviation; the shape is found by bisection.

        >>> life = Weibull.from_mean_and_sd(12.0, 5.0)
        >>> round(float(life.mean), 9), round(float(life.sd), 9)
        (12.0, 5.0)
        """
        mean, sd = np.broadcast_arrays(np.asarray(mean, np.float64), np.asarray(sd, np.float64))
        _positive(mean=mean, sd=sd)
        log_gamma = _special().gammaln
        # cv^2 + 1 = Gamma(1 + 2/k) / Gamma(1 + 1/k)^2 falls with k.
        target = np.log1p((sd / mean) ** 2)
        low, high = np.full(mean.shape, np.log(0.05)), np.full(mean.shape, np.log(MOST_SHAPE))
        spread = [log_gamma(1 + 2 / k) - 2 * log_gamma(1 + 1 / k) for k in (0.05, MOST_SHAPE)]
        if ((target > spread[0]) | (target < spread[1])).any():
            raise refuse(
                N_(
                    "No Weibull law of shape 0.05 to {most} has this ratio of sd to mean; it must lie between "
                    "{least_ratio} and {most_ratio}."
                ),
                "/lifetime/sd",
                "lifetime-out-of-range",
                most=MOST_SHAPE,
                least_ratio=round(float(np.sqrt(np.expm1(spread[1]))), 4),
                most_ratio=f"{float(np.sqrt(np.expm1(spread[0]))):.3g}",
            )
        for _ in range(80):
            middle = (low + high) / 2
            k = np.exp(middle)
            wide = log_gamma(1 + 2 / k) - 2 * log_gamma(1 + 1 / k) > target
            low, high = np.where(wide, middle, low), np.where(wide, high, middle)
        shape = np.exp((low + high) / 2)
        return cls(shape, mean / np.exp(log_gamma(1 + 1 / shape)))

    def _survival(self, ages: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.exp(-((np.maximum(ages, 0.0) / np.asarray(self.scale)) ** np.asarray(self.shape)))

    def _density(self, ages: Array) -> Array:
        shape, scale = np.asarray(self.shape), np.asarray(self.scale)
        relative = np.maximum(ages, 0.0) / scale
        # In logarithms: a power that overflows meets an exponential that vanishes.
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            power = np.where(shape == 1, 0.0, (shape - 1) * np.log(relative))
            density = np.exp(np.log(shape / scale) + power - relative**shape)
        return np.where(ages < 0, 0.0, density)


@dataclass(frozen=True, eq=False)
class _MeanAndSd(LifetimeLaw):
    limits: ClassVar[dict[str, float]] = {"mean": MOST_YEARS, "sd": MOST_YEARS}
    in_years: ClassVar[tuple[str, ...]] = ("mean", "sd")

    @classmethod
    def from_mean_and_sd(cls, mean: Parameter, sd: Parameter) -> Self:
        """The law with this mean and standard deviation, both in years."""
        return cls(mean, sd)  # type: ignore[call-arg]


@dataclass(frozen=True, eq=False)
class LogNormal(_MeanAndSd):
    """Log-normal law; ``mean`` and ``sd`` are those of the lifetime itself, in years, not of its logarithm."""

    mean: Parameter
    sd: Parameter

    def _log(self) -> tuple[Array, Array]:
        mean, sd = np.asarray(self.mean), np.asarray(self.sd)
        spread = np.log1p((sd / mean) ** 2)
        return np.log(mean) - spread / 2, np.sqrt(spread)

    @property
    def median(self) -> Array:
        """Median lifetime, years."""
        return cast(Array, np.exp(self._log()[0]))

    def _survival(self, ages: Array) -> Array:
        centre, spread = self._log()
        with np.errstate(divide="ignore"):
            return cast(Array, _special().ndtr(-(np.log(np.maximum(ages, 0.0)) - centre) / spread))

    def _density(self, ages: Array) -> Array:
        centre, spread = self._log()
        age = np.maximum(ages, np.finfo(np.float64).tiny)
        density = np.exp(-(((np.log(age) - centre) / spread) ** 2) / 2) / (age * spread * np.sqrt(2 * np.pi))
        return np.where(ages <= 0, 0.0, density)


@dataclass(frozen=True, eq=False)
class Normal(_MeanAndSd):
    """Normal law, neither cut nor folded: what it places below age zero leaves in the year of sale.

    ``mean`` and ``sd`` in years, of the normal law.
    """

    mean: Parameter
    sd: Parameter

    @property
    def median(self) -> Array:
        """Median lifetime, years."""
        return np.asarray(self.mean)

    def _survival(self, ages: Array) -> Array:
        return cast(Array, _special().ndtr((np.asarray(self.mean) - ages) / np.asarray(self.sd)))

    def _density(self, ages: Array) -> Array:
        return _bell((ages - np.asarray(self.mean)) / np.asarray(self.sd)) / np.asarray(self.sd)


@dataclass(frozen=True, eq=False)
class FoldedNormal(LifetimeLaw):
    """Folded normal law; ``centre`` and ``spread`` (years) are those of the normal law before it is folded."""

    centre: Parameter
    spread: Parameter
    limits: ClassVar[dict[str, float]] = {"centre": MOST_YEARS, "spread": MOST_YEARS}
    in_years: ClassVar[tuple[str, ...]] = ("centre", "spread")

    @property
    def mean(self) -> Array:
        """Mean lifetime after folding, years."""
        centre, spread = np.asarray(self.centre), np.asarray(self.spread)
        ratio = centre / spread
        return spread * 2 * _bell(ratio) + centre * (1 - 2 * _special().ndtr(-ratio))

    @property
    def sd(self) -> Array:
        """Standard deviation after folding, years."""
        return np.sqrt(np.asarray(self.centre) ** 2 + np.asarray(self.spread) ** 2 - self.mean**2)

    @property
    def median(self) -> Array:
        """Median lifetime after folding, years; by bisection."""
        low = np.zeros(self.shape_of_parameters)
        high = low + np.asarray(self.centre) + 10 * np.asarray(self.spread)
        for _ in range(100):
            middle = (low + high) / 2
            above = self._survival(middle) > 0.5
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return (low + high) / 2

    @classmethod
    def from_mean_and_sd(cls, mean: Parameter, sd: Parameter) -> Self:
        """The folded normal law with this mean and standard deviation; centre over spread is found by bisection.

        >>> life = FoldedNormal.from_mean_and_sd(12.0, 8.0)
        >>> round(float(life.mean), 9), round(float(life.sd), 9)
        (12.0, 8.0)
        """
        mean, sd = np.broadcast_arrays(np.asarray(mean, np.float64), np.asarray(sd, np.float64))
        _positive(mean=mean, sd=sd)
        most = np.sqrt(np.pi / 2 - 1)
        if (sd / mean > most).any():
            raise refuse(
                N_("No folded normal law has this ratio of sd to mean; it is at most {most_ratio}."),
                "/lifetime/sd", "lifetime-out-of-range", most_ratio=f"{most:.4f}",
            )  # fmt: skip

        def folded_mean(ratio: Array) -> Array:
            return np.asarray(2 * _bell(ratio) + ratio * (1 - 2 * _special().ndtr(-ratio)))

        # The ratio of sd to mean falls with that of centre to spread; from 8 on folding changes nothing that a
        # floating number holds.
        low, high = np.zeros(mean.shape), np.full(mean.shape, 8.0)
        for _ in range(80):
            middle = (low + high) / 2
            wide = (1 + middle**2) / folded_mean(middle) ** 2 - 1 > (sd / mean) ** 2
            low, high = np.where(wide, middle, low), np.where(wide, high, middle)
        ratio = np.where(sd / mean < 1 / 8, mean / sd, (low + high) / 2)
        spread = mean / folded_mean(ratio)
        return cls(ratio * spread, spread)

    def _survival(self, ages: Array) -> Array:
        ndtr, age = _special().ndtr, np.maximum(ages, 0.0)
        centre, spread = np.asarray(self.centre), np.asarray(self.spread)
        return cast(Array, ndtr((centre - age) / spread) + ndtr((-age - centre) / spread))

    def _density(self, ages: Array) -> Array:
        centre, spread = np.asarray(self.centre), np.asarray(self.spread)
        both = _bell((ages - centre) / spread) + _bell((ages + centre) / spread)
        return np.where(ages < 0, 0.0, both / spread)


@dataclass(frozen=True, eq=False)
class Gamma(LifetimeLaw):
    """Gamma law: ``shape`` without unit, ``scale`` in years; the mean is their product."""

    shape: Parameter
    scale: Parameter
    limits: ClassVar[dict[str, float]] = {"shape": MOST_SHAPE, "scale": MOST_YEARS}
    in_years: ClassVar[tuple[str, ...]] = ("scale",)

    @property
    def mean(self) -> Array:
        """Mean lifetime, years."""
        return np.asarray(self.shape) * np.asarray(self.scale)

    @property
    def sd(self) -> Array:
        """Standard deviation of the lifetime, years."""
        return np.sqrt(np.asarray(self.shape)) * np.asarray(self.scale)

    @property
    def median(self) -> Array:
        """Median lifetime, years."""
        return _special().gammaincinv(np.asarray(self.shape), 0.5) * np.asarray(self.scale)

    @classmethod
    def from_mean_and_sd(cls, mean: Parameter, sd: Parameter) -> Self:
        """The gamma law with this mean and standard deviation, both in years."""
        mean, sd = np.asarray(mean, np.float64), np.asarray(sd, np.float64)
        _positive(mean=mean, sd=sd)
        return cls((mean / sd) ** 2, sd**2 / mean)

    def _survival(self, ages: Array) -> Array:
        relative = np.maximum(ages, 0.0) / np.asarray(self.scale)
        return cast(Array, _special().gammaincc(np.asarray(self.shape), relative))

    def _density(self, ages: Array) -> Array:
        shape, scale = np.asarray(self.shape), np.asarray(self.scale)
        relative, special = np.maximum(ages, 0.0) / scale, _special()
        density = np.exp(special.xlogy(shape - 1, relative) - relative - special.gammaln(shape)) / scale
        return np.where(ages < 0, 0.0, density)


@dataclass(frozen=True, eq=False)
class Fixed(LifetimeLaw):
    """Everything leaves at the same age, ``years``; a good of exactly that age has left."""

    years: Parameter
    limits: ClassVar[dict[str, float]] = {"years": MOST_YEARS}
    in_years: ClassVar[tuple[str, ...]] = ("years",)

    @property
    def mean(self) -> Array:
        """The lifetime, years."""
        return np.asarray(self.years)

    @property
    def sd(self) -> Array:
        """Zero."""
        return np.zeros(self.shape_of_parameters)

    @property
    def median(self) -> Array:
        """The lifetime, years."""
        return np.asarray(self.years)

    @classmethod
    def from_mean_and_sd(cls, mean: Parameter, sd: Parameter) -> Self:
        """A fixed lifetime; ``sd`` must be zero."""
        if np.any(np.asarray(sd) != 0):
            raise refuse(N_("A fixed lifetime has no spread: sd must be 0."), "/lifetime/sd", "lifetime-out-of-range")
        return cls(mean)

    def _survival(self, ages: Array) -> Array:
        return (ages < np.asarray(self.years)).astype(np.float64)

    def _density(self, ages: Array) -> Array:
        raise refuse(
            N_("A fixed lifetime has no density; use the convention start, middle or end, not wot."),
            "/convention",
            "no-density",
        )


def numbers(given: Any, what: str) -> Array:
    """The given figures as float64; refuses what are not numbers, or rows of different lengths."""
    try:
        return np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise refuse(
            N_("{what} must be numbers in rows of equal length."), f"/{what}", "not-numbers", what=what
        ) from None


#: The laws by the names used in scenario files.
LAWS: dict[str, type[LifetimeLaw]] = {
    "weibull": Weibull,
    "lognormal": LogNormal,
    "normal": Normal,
    "folded-normal": FoldedNormal,
    "gamma": Gamma,
    "fixed": Fixed,
}


def _bell(z: Array) -> Array:
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _positive(**values: Array) -> None:
    gather(
        Problem(
            N_("The {name} of a lifetime must be above 0 and at most {most} years; got {got}."),
            f"/lifetime/{name}",
            "lifetime-out-of-range",
            {"name": name, "most": MOST_YEARS, "got": float(np.ravel(value)[0]) if value.size == 1 else "-"},
        )
        for name, value in values.items()
        if not ((value > 0) & (value <= MOST_YEARS)).all()
    )
