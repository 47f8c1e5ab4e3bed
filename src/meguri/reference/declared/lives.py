"""Tables of how long equipment lives, what a piece weighs, and which customs codes it has."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.declared.columns import NOTE, UNU_KEY
from meguri.reference.reader import Column, FactTable
from meguri.reference.rows import Fact


class Lifetime(Fact, frozen=True, kw_only=True):
    """A Weibull life of one kind of equipment in one set; `unu_key` may be a set's own key (a car, a mill)."""

    unu_key: str
    parameter_set: str
    scope: Words
    weibull_shape: float
    weibull_scale_yr: float
    mean_lifetime_yr: float
    median_lifetime_yr: float
    recommended: str
    note: Words


class UnitWeight(Fact, frozen=True, kw_only=True):
    """The mean mass of a piece placed on the market in a year; `country` is ISO 3166 or EU_default."""

    unu_key: str
    country: str
    year: int
    avg_weight_kg_per_unit: float


class Eu6Summary(Fact, frozen=True, kw_only=True):
    """One of the six EU categories as a mixture of its UNU-KEYs."""

    eu6_code: str
    eu6_category: Words
    n_unu_keys: int
    eu28_pom_2010_2014_kt_per_yr: float
    avg_unit_weight_kg: float
    mixture_weibull_shape: float
    mixture_weibull_scale_yr: float
    mean_lifetime_yr: float


class HsLink(Fact, frozen=True, kw_only=True):
    """A six-digit customs code under which a kind of equipment is traded; the years are those of the CN match."""

    unu_key: str
    hs6: str
    origin: Words
    cn_first_year: int | None
    cn_last_year: int | None


LIFETIMES = FactTable(
    "lifetimes",
    Words("Lifetimes"),
    Words(
        "Weibull lives from sale to waste, in five parameter sets: a ready range of sensitivity. Keys outside the 54 "
        "UNU-KEYs (vehicles, machines) are the sets' own.",
    ),
    Lifetime,
    (
        Column("unu_key", Words("UNU-KEY, or the set's own key")),
        Column("parameter_set", Words("Parameter set")),
        Column("scope", Words("Where the set was fitted"), words="shared"),
        Column("weibull_shape", Words("Weibull shape"), "number", "1", low=0.1, high=20),
        Column("weibull_scale_yr", Words("Weibull scale"), "number", "yr", low=0.1),
        Column("mean_lifetime_yr", Words("Mean life"), "number", "yr", low=0.1),
        Column("median_lifetime_yr", Words("Median life"), "number", "yr", low=0.1),
        Column(
            "recommended",
            Words("Recommended use of the set"),
            "choice",
            optional=True,
            choices=("default", "default_high_income", "sensitivity"),
        ),
        NOTE,
    ),
    ("unu_key", "parameter_set"),
)
UNIT_WEIGHTS = FactTable(
    "unit-weights",
    Words("Unit weights"),
    Words("Mean mass of a piece by kind and year of sale."),
    UnitWeight,
    (
        UNU_KEY,
        Column(
            "country",
            Words("Economy, or EU_default"),
            refers=("economies", "iso3"),
            also=("EU_default",),
        ),
        Column("year", Words("Year of sale"), "integer", "year", low=1900, high=2100),
        Column("avg_weight_kg_per_unit", Words("Mean mass of a piece"), "number", "kg", low=0),
    ),
    ("unu_key", "country", "year"),
)
EU6_SUMMARY = FactTable(
    "eu6-summary",
    Words("EU categories"),
    Words(
        "The six EU categories: mean mass and a Weibull life that stands for the mixture of their UNU-KEYs. "
        "Photovoltaic panels are left out of category 4.",
    ),
    Eu6Summary,
    (
        Column("eu6_code", Words("EU category, 1 to 6")),
        Column("eu6_category", Words("Name of the EU category"), words="shared"),
        Column("n_unu_keys", Words("Number of UNU-KEYs"), "integer", low=1),
        Column(
            "eu28_pom_2010_2014_kt_per_yr",
            Words("Placed on the market of the EU-28, mean of 2010 to 2014"),
            "number",
            "kt/y",
            low=0,
        ),
        Column("avg_unit_weight_kg", Words("Mean mass of a piece"), "number", "kg", low=0),
        Column("mixture_weibull_shape", Words("Weibull shape of the mixture"), "number", "1", low=0.1),
        Column("mixture_weibull_scale_yr", Words("Weibull scale of the mixture"), "number", "yr", low=0.1),
        Column("mean_lifetime_yr", Words("Mean life"), "number", "yr", low=0.1),
    ),
    ("eu6_code",),
)
HS_LINKS = FactTable(
    "hs-links",
    Words("Customs codes of equipment"),
    Words(
        "Six-digit customs codes of new equipment by UNU-KEY, of the 2012 edition or read off the EU's eight digits.",
    ),
    HsLink,
    (
        UNU_KEY,
        Column("hs6", Words("HS six-digit code")),
        Column("origin", Words("Which list links them"), words="shared"),
        Column("cn_first_year", Words("First year of the link"), "integer", "year", optional=True),
        Column("cn_last_year", Words("Last year of the link"), "integer", "year", optional=True),
    ),
    ("unu_key", "hs6", "origin"),
)
