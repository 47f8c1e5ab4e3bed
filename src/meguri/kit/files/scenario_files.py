"""Scenarios as small TOML files that may be laid over one another: found by name or path, read, and put together.

What the keys mean is the business of the room whose scenarios they are; every mistake is named with its place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meguri.kit.problems import N_, MeguriError, Problem, nearest, refuse

LARGEST = 200_000
"""Bytes of a file."""
DEEPEST = 5
"""Files laid over one another."""


@dataclass(frozen=True)
class ScenarioFiles:
    """The built-in scenarios of a folder, and files of one's own.

    `first` is the scenario that all others are told from. A file's keys replace those of the scenario it is
    ``based_on``, table by table; lists under keys in `added` are added to the base's, and tables under keys in
    `whole`, or whose key ends in ``_by_year``, are replaced as they stand.
    """

    folder: Path
    first: str
    added: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset({"title", "note"})

    def names(self) -> list[str]:
        """The built-in scenarios, `first` before the others."""
        return sorted((path.stem for path in self.folder.glob("*.toml")), key=lambda name: (name != self.first, name))

    def read(self, name: str) -> dict[str, Any]:
        """The keys of a built-in scenario or a file, with those of what it is based on. Raises Refused."""
        return self._merged(self._located(name), ())

    def parsed(self, text: str, name: str) -> dict[str, Any]:
        """The same from the text of a file; `based_on` may name a built-in scenario. Raises Refused."""
        return self._over_base(self._toml(text, name), None, ())

    def text_of(self, name: str) -> str:
        """The text of a built-in scenario or a file, as it stands. Raises Refused."""
        return _text(self._located(name))

    def _located(self, name: str) -> Path:
        path = Path(name).expanduser()
        if path.suffix == ".toml" or "/" in name or path.is_file():
            if not path.is_file():
                raise refuse(N_("There is no scenario file “{path}”."), "", "missing", path=name)
            return path
        built = self.folder / f"{name}.toml"
        if built.is_file():
            return built
        names = sorted(self.names())
        raise refuse(
            N_("There is no built-in scenario “{name}” and no such file. Did you mean {hint}? Built in: {names}."),
            "", "missing", name=name, hint=nearest(name, names) or self.first, names=", ".join(names),
        )  # fmt: skip

    def _toml(self, text: str, name: str) -> dict[str, Any]:
        try:
            found = tomllib.loads(text)
        except (RecursionError, tomllib.TOMLDecodeError) as error:
            said = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise refuse(N_("“{path}” is not TOML: {error}."), "", "not_toml", path=name, error=said) from None
        if not found:
            raise refuse(
                N_("“{path}” is empty. The least it needs is: name = \"mine\" and based_on = \"{first}\"."),
                "", "empty", path=name, first=self.first,
            )  # fmt: skip
        return found

    def _merged(self, path: Path, above: tuple[Path, ...]) -> dict[str, Any]:
        return self._over_base(self._toml(_text(path), path.name), path, above)

    def _over_base(self, raw: dict[str, Any], path: Path | None, above: tuple[Path, ...]) -> dict[str, Any]:
        base = raw.pop("based_on", None)
        if base is None:
            return raw
        if not isinstance(base, str) or not base:
            raise refuse(N_("Write the name of a built-in scenario or a file, as text."), "/based_on", "text")
        given = Path(base)
        by_path = path is not None and given.suffix == ".toml" and not given.is_absolute()
        try:
            found = self._located(str(path.parent / given) if by_path and path is not None else base)
        except MeguriError as error:
            placed = (Problem(p.text, "/based_on" + p.pointer, p.code, p.params) for p in error.problems)
            raise type(error)(*placed) from None
        chain = (*above, *((path.resolve(),) if path is not None else ()))
        if found.resolve() in chain or len(chain) > DEEPEST:
            raise refuse(N_("The scenarios are based on each other in a circle."), "/based_on", "circle")
        return self._lay(self._merged(found, chain), raw)

    def _lay(self, under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
        laid = dict(under)
        for key, value in over.items():
            below = laid.get(key)
            if key in self.added and isinstance(value, list) and isinstance(below, list):
                laid[key] = [*below, *value]
            elif isinstance(value, dict) and isinstance(below, dict) and key not in self.whole:
                laid[key] = value if key.endswith("_by_year") else self._lay(below, value)
            else:
                laid[key] = value
        return laid


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise refuse(
                N_("“{path}” is larger than 200 kB; a scenario is a small file."), "", "too_large", path=str(path)
            )
        return path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise refuse(N_("“{path}” cannot be read as text in UTF-8."), "", "not_toml", path=str(path)) from None
