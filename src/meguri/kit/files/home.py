"""Where data is kept when nothing says otherwise: `var` in a checkout, the user's own data folder when installed."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

HERE = Path(__file__).resolve()
CHECKOUT = HERE.parents[4]


def in_checkout() -> bool:
    """Whether this code is run from a checkout; otherwise it is installed, and its folder is not written to."""
    return HERE.parents[3].name == "src" and (CHECKOUT / "pyproject.toml").is_file()


def default() -> Path:
    """The folder of all data where MEGURI_HOME names none; a mode, and what is worked out, has one inside."""
    return CHECKOUT / "var" if in_checkout() else user_data_path("meguri", appauthor=False)


def folder(name: str) -> Path:
    """The folder of that name: under MEGURI_HOME where that is given, by default under `default()`."""
    given = os.environ.get("MEGURI_HOME")
    return (Path(given).expanduser() if given else default()) / name
