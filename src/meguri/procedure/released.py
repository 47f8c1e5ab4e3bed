"""Which files are released: ``released.csv`` in a folder of tables holds the digest of each, and none changes again.

``python -m meguri.procedure.released`` lists the files of Meguri's own folder that are new; what is listed stays.
"""

from __future__ import annotations

from pathlib import Path

from meguri.procedure.tables import FOLDER, RELEASED, Shelf


def text(folder: Path = FOLDER) -> str:
    """The list of a folder with every file in it, those listed already as they are listed."""
    shelf = Shelf(folder)
    kept = {**shelf.digests, **{name: digest for name, digest in shelf.released.items() if name in shelf.digests}}
    return "".join(["procedure,sha256\n", *(f"{name},{kept[name]}\n" for name in sorted(kept))])


if __name__ == "__main__":
    (FOLDER / RELEASED).write_text(text(), encoding="utf-8")
