"""Runs as files: long tables (CSV, Parquet) and the wide form of the IAMC, which pyam reads.

Columns and names are described in docs/arisings-reports.md. Only what was worked out has a row.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from meguri.arisings.runs import store
from meguri.arisings.runs.results import BASIS_CODES, EQUIPMENT, QUANTILES, VARIABLES, VEHICLES
from meguri.arisings.runs.run import Run
from meguri.kit.files import reading, writing
from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words
from meguri.reference import Confidence

if TYPE_CHECKING:
    import pandas as pd

MODEL = "Meguri"
FORMS = {"csv": "figures.csv", "parquet": "figures.parquet", "iamc": "iamc.csv", "iamc-xlsx": "iamc.xlsx"}
"""Forms of a whole run, and the name of the file of each."""
NAMES = Path(__file__).resolve().parents[1] / "tables" / "iamc.csv"
DIGITS = "%.7g"
PERCENTILES = {5: "5th", 25: "25th", 50: "50th", 75: "75th", 95: "95th"}


@dataclass(frozen=True)
class Selection:
    """What goes into a file; None is everything. `years` None is the scenario's report years."""

    variables: Sequence[str] | None = None
    economies: Sequence[str] | None = None
    products: Sequence[str] | None = None
    items: Sequence[str] | None = None
    years: Sequence[int] | None = None


EVERYTHING = Selection()


def years_of(run: Run, choice: Selection) -> tuple[int, ...]:
    """The years chosen. Raises Refused for one that was not worked out."""
    wanted = tuple(choice.years) if choice.years is not None else run.scenario.report_years
    missing = [year for year in wanted if year not in run.scenario.years]
    if missing:
        raise refuse(
            N_("The year {year} was not worked out; the years run from {first} to {last}."), "/years", "year",
            year=missing[0], first=run.years[0], last=run.years[-1],
        )  # fmt: skip
    return wanted


def _variables(run: Run, choice: Selection) -> Iterable[str]:
    wanted = run.variables if choice.variables is None else choice.variables
    for name in wanted:
        run.block(name)
    return wanted


def frame(run: Run, choice: Selection = EVERYTHING) -> pd.DataFrame:
    """A long table, a row for each figure and year: see docs/arisings-reports.md. Raises Refused, NotFound."""
    import pandas as pd

    years = np.array(years_of(run, choice))
    at = years - run.years[0]
    parts = []
    for name in _variables(run, choice):
        block = run.block(name)
        e, p, i = np.nonzero(block.present & _mask(block.economies, block.products, block.items, choice))
        count = len(e)
        if not count:
            continue
        columns: dict[str, Any] = {
            "scenario": pd.Categorical.from_codes(np.zeros(count * len(years), dtype=np.int8), [run.scenario.name]),
            "variable": pd.Categorical.from_codes(np.zeros(count * len(years), dtype=np.int8), [name]),
            "economy": _repeated(block.economies, e, len(years)),
            "product": _repeated(block.products, p, len(years)),
            "item": _repeated(block.items, i, len(years)),
            "unit": pd.Categorical.from_codes(np.zeros(count * len(years), dtype=np.int8), [VARIABLES[name].unit]),
            "year": np.tile(years, count),
            "value": block.value[e, p, i][:, at].ravel(),
        }
        for q, percent in enumerate(QUANTILES):
            columns[f"q{percent:02d}"] = block.quantiles[e, p, i, q][:, at].astype(np.float64).ravel()
        words = [level.word for level in sorted(Confidence)]
        columns["confidence"] = pd.Categorical.from_codes(block.confidence[e, p, i][:, at].ravel(), words)
        columns["basis"] = pd.Categorical.from_codes(block.basis[e, p, i][:, at].ravel(), list(BASIS_CODES))
        parts.append(pd.DataFrame(columns))
    if not parts:
        return pd.DataFrame(columns=[*COLUMNS])
    whole = pd.concat([part.astype(dict.fromkeys(TEXTS, str)) for part in parts], ignore_index=True)
    return whole.astype(dict.fromkeys(TEXTS, "category"))


TEXTS = ("scenario", "variable", "economy", "product", "item", "unit", "confidence", "basis")
COLUMNS = (
    "scenario", "variable", "economy", "product", "item", "unit", "year", "value",
    *(f"q{q:02d}" for q in QUANTILES), "confidence", "basis",
)  # fmt: skip


def _repeated(names: tuple[str, ...], codes: Any, times: int) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(np.repeat(codes, times), list(names))


def _mask(economies: tuple[str, ...], products: tuple[str, ...], items: tuple[str, ...], choice: Selection) -> Any:
    def held(names: tuple[str, ...], wanted: Sequence[str] | None) -> Any:
        return np.array([wanted is None or name in wanted for name in names])

    return (
        held(economies, choice.economies)[:, None, None]
        & held(products, choice.products)[None, :, None]
        & held(items, choice.items)[None, None, :]
    )


@dataclass(frozen=True)
class IamcName:
    """How a variable is called and counted in the IAMC form: `per` units inside make one of its unit."""

    name: str
    unit: str
    per: float


@cache
def iamc_names() -> dict[str, IamcName]:
    """The names of all variables in the IAMC form."""
    rows = reading.lines(NAMES, needed=("variable", "name", "unit", "per"))
    return {row["variable"]: IamcName(row["name"], row["unit"], float(row["per"])) for row in rows}


def _goods(product: str) -> str:
    """Equipment and vehicles as a tree, so that regions and products can be added up by name."""
    if product in (EQUIPMENT, VEHICLES):
        return "E-Waste" if product == EQUIPMENT else "Vehicles"
    if product.startswith("eu6-"):
        return f"E-Waste|Category {product.removeprefix('eu6-')}"
    if product.startswith("vehicle-"):
        return f"Vehicles|{product.removeprefix('vehicle-').title()}"
    return f"E-Waste|Key {product}"


def iamc(run: Run, choice: Selection = EVERYTHING) -> pd.DataFrame:
    """The wide form: Model, Scenario, Region, Variable, Unit and a column a year; percentiles are variables."""
    long = frame(run, choice)
    if long.empty:
        return long
    names = iamc_names()
    variable = long["variable"].astype(str)
    per = variable.map({name: one.per for name, one in names.items()})
    title = variable.map({name: one.name for name, one in names.items()})
    goods = long["product"].astype(str).map({p: _goods(p) for p in long["product"].cat.categories})
    item = long["item"].astype(str).map(lambda name: "" if name == "all" else f"|{name}")
    head = long[["year"]].assign(
        Model=MODEL,
        Scenario=run.scenario.name,
        Region=long["economy"].astype(str).replace({"ALL": "World|Followed"}),
        Variable=title + "|" + goods + item,
        Unit=variable.map({name: one.unit for name, one in names.items()}),
    )
    import pandas as pd

    made = [head.assign(amount=long["value"] / per)]
    for percent, word in PERCENTILES.items():
        named = head.assign(Variable=head["Variable"] + f"|{word} Percentile")
        made.append(named.assign(amount=long[f"q{percent:02d}"] / per))
    keys = ["Model", "Scenario", "Region", "Variable", "Unit"]
    wide = pd.concat(made).pivot(index=keys, columns="year", values="amount")
    return wide.reset_index().rename_axis(columns=None)


def write(run: Run, path: Path, form: str, choice: Selection = EVERYTHING) -> Path:
    """Write one file. Raises Refused for an unknown form, or where a library or the folder is missing."""
    if form not in FORMS:
        raise refuse(
            N_("“{form}” is not a form of export. Did you mean {hint}? There are: {names}."), "/form", "form",
            form=form, hint=nearest(form, FORMS) or "csv", names=", ".join(FORMS),
        )  # fmt: skip
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if form == "csv":
            frame(run, choice).to_csv(path, index=False, float_format=DIGITS)
        elif form == "parquet":
            _parquet(run, path, choice)
        elif form == "iamc":
            iamc(run, choice).to_csv(path, index=False, float_format=DIGITS)
        else:
            iamc(run, choice).to_excel(path, index=False, sheet_name="data")
    except ImportError:
        raise refuse(
            N_("Writing xlsx needs the library openpyxl or xlsxwriter; the form iamc (CSV) needs neither."), "/form",
            "library",
        ) from None  # fmt: skip
    except OSError as error:
        raise refuse(
            N_("“{path}” cannot be written: {error}."),
            "/out",
            "not-writable",
            path=str(path),
            error=error.strerror or "",
        ) from None
    return path


def _parquet(run: Run, path: Path, choice: Selection) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame(run, choice), preserve_index=False)
    about = {
        b"meguri.scenario": json.dumps(run.scenario.to_json(), ensure_ascii=False).encode(),
        b"meguri.digest": run.digest.encode(),
    }
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **about}), path)


def write_all(run: Run, folder: Path, choice: Selection = EVERYTHING) -> list[Path]:
    """Figures as CSV, Parquet and IAMC, with the scenario, sources, repairs and what each variable is."""
    made = [write(run, folder / FORMS[form], form, choice) for form in ("csv", "parquet", "iamc")]
    about = {"digest": run.digest, "scenario": run.scenario.to_json(), "assumptions": list(run.assumptions())}
    made.append(folder / "scenario.json")
    made[-1].write_text(json.dumps(about, ensure_ascii=False, indent=2), encoding="utf-8")
    sources = [{"economy": economy, "source": one} for economy, some in run.sources.items() for one in some]
    repairs = [{**one.__dict__, "why": one.why.en, **_in_columns("why", one.why)} for one in run.repairs]
    variables = [
        {
            "variable": v.name,
            "unit": v.unit,
            "items": v.items,
            **_in_columns("title", v.title),
            **_in_columns("about", v.about),
        }
        for v in VARIABLES.values()
    ]
    for name, rows in (("sources", sources), ("repairs", repairs), ("variables", variables)):
        made.append(folder / f"{name}.csv")
        _rows(made[-1], rows)
    return made


def _in_columns(name: str, words: Words) -> dict[str, str]:
    """A text with a column for every offered language: title_en, title_ja."""
    return {f"{name}_{code}": text for code, text in words.everywhere().items()}


def _rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    text = writing.csv_of(rows[0], (row.values() for row in rows), end="\r\n") if rows else ""
    path.write_bytes(text.encode())


def kept(run: Run, form: str) -> Path:
    """The file of a whole run, written once and kept beside it; in a temporary folder where the run is not kept."""
    name = FORMS.get(form, form)
    folder = store.home() / run.digest
    if not (folder / "run.json").is_file():
        folder = Path(tempfile.gettempdir()) / f"meguri-{run.digest[:16]}"
    if not (folder / name).is_file():
        made = write(run, folder / f".{name}.new{Path(name).suffix}", form)
        made.rename(folder / name)
    return folder / name
