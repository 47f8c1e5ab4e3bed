"""Puts the compiled catalogues into the wheel: they are made from the `.po` files, and kept in no repository."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Catalogues(BuildHookInterface):
    """Compiles into a folder of its own, so that a build writes nothing into the sources that it reads.

    An editable installation runs from the sources, so there each catalogue is compiled in its place.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the wheel is put together: `force_include` says where in it each file goes."""
        source = Path(self.root) / "src"
        messages = _messages(source)
        if version == "editable":
            messages.compile_catalogues(source / "meguri")
            return
        self._made = tempfile.TemporaryDirectory(prefix="meguri-catalogues-")
        for number, path in enumerate(messages.sources(source / "meguri")):
            made = Path(self._made.name) / f"{number}.mo"
            messages.compile_one(path, made)
            build_data["force_include"][str(made)] = path.with_suffix(".mo").relative_to(source).as_posix()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Afterwards."""
        if version != "editable":
            self._made.cleanup()


def _messages(source: Path) -> ModuleType:
    """`meguri.kit.messages` alone: building needs Babel, and nothing else that Meguri imports."""
    spec = importlib.util.spec_from_file_location("messages", source / "meguri" / "kit" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
