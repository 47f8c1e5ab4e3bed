"""One thread for matrix products: at these sizes several threads wait for each other, and the processors are shared."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

_NAMES = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads", "openblas_{}_num_threads64_",
          "openblas_{}_num_threads")  # fmt: skip


@contextmanager
def single() -> Iterator[bool]:
    """Inside, numpy's matrix products run on one thread. Yields whether that could be arranged.

    numpy reads OPENBLAS_NUM_THREADS only while it is loaded, so the library itself is told. Where numpy brings another
    library, or none of its own, nothing is changed.
    """
    library = _library()
    if library is None:
        yield False
        return
    ask, tell = library
    before = int(ask())
    tell(1)
    try:
        yield True
    finally:
        tell(before)


def _library() -> tuple[Any, Any] | None:
    folder = Path(np.__file__).resolve().parent.parent / "numpy.libs"
    for path in sorted(folder.glob("*openblas*")):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for name in _NAMES:
            if hasattr(library, name.format("get")) and hasattr(library, name.format("set")):
                return getattr(library, name.format("get")), getattr(library, name.format("set"))
    return None
