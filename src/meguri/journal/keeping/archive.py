"""The file of a backup, which needs neither a database nor its tools to be read: a zip of JSON lines. Pure.

``manifest.json`` says what is inside; ``checkpoint.txt`` is the newest signed checkpoint, empty where nothing was
sealed; ``tables/NAME.jsonl`` has a line for each row, a JSON list in the order of the manifest's columns. Both
databases write the same: bytes in base64, instants in RFC 3339, a JSON value as its text.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from meguri.kit.problems import N_, refuse

FORMAT = 1
MANIFEST, CHECKPOINT = "manifest.json", "checkpoint.txt"
LEVEL = 3
"""Of compression: hashes and signatures, of which there is most, do not shrink at any."""
Kind = Literal["plain", "bool", "bytes", "decimal", "instant", "json"]
DAMAGED = (zipfile.BadZipFile, EOFError, OSError, ValueError, KeyError, msgspec.MsgspecError)
"""What reading a damaged file raises; a checksum of the zip that does not fit is one of these."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table in the file: its columns and what kind of value each holds, how many rows, the SHA-256 of its lines."""

    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds, as of one instant.

    `node` is the name that the record was founded under, `migrations` the state of the schema, `acts` how many there
    are, `sealed` how many of them its checkpoint covers.
    """

    format: int
    made: str
    meguri: str
    node: str
    migrations: tuple[tuple[str, str], ...]
    acts: int
    sealed: int
    tables: dict[str, Table]


def member(table: str) -> str:
    """The name under which a table's rows lie in the file."""
    return f"tables/{table}.jsonl"


class Writer:
    """Writes tables one after the other, a row at a time."""

    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=LEVEL)
        self.tables: dict[str, Table] = {}

    def table(
        self, name: str, columns: Sequence[str], kinds: Sequence[Kind], chunks: Iterable[Sequence[Sequence[Any]]]
    ) -> None:
        """A table's rows, given some at a time."""
        digest, count, encode = hashlib.sha256(), 0, msgspec.json.Encoder().encode_lines
        with self.zip.open(member(name), "w", force_zip64=True) as out:
            for rows in chunks:
                lines = encode(rows)
                digest.update(lines)
                out.write(lines)
                count += len(rows)
        self.tables[name] = Table(tuple(columns), tuple(kinds), count, digest.hexdigest())

    def text(self, name: str, text: bytes) -> None:
        """A small file beside the tables."""
        self.zip.writestr(name, text)

    def close(self) -> None:
        """Close the file; without this it is none."""
        self.zip.close()


class Archive:
    """A backup that is read; close it in the end (``with``)."""

    def __init__(self, path: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
            given = msgspec.json.decode(self.zip.read(MANIFEST))
            if isinstance(given, dict) and isinstance(given.get("format"), int) and given["format"] > FORMAT:
                raise refuse(
                    N_("The backup {path} has format {format}; this version reads up to {known}."),
                    "",
                    "format",
                    path=str(path),
                    format=given["format"],
                    known=FORMAT,
                )
            self.manifest = msgspec.convert(given, Manifest)
            self.checkpoint = self.zip.read(CHECKPOINT).decode()
        except DAMAGED as error:
            raise refuse(
                N_("The file {path} cannot be read as a backup: {why}."), "", "backup", path=str(path), why=str(error)
            ) from None

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def rows(self, name: str, digest: Any = None) -> Iterator[list[Any]]:
        """A table's rows, one at a time; what is read goes into `digest`. What `DAMAGED` names where it is damaged."""
        decode = msgspec.json.Decoder(list[Any]).decode
        with self.zip.open(member(name)) as lines:
            for line in lines:
                if digest is not None:
                    digest.update(line)
                yield decode(line)

    def named(self, name: str, columns: Sequence[str], digest: Any = None) -> Iterator[list[Any]]:
        """Of a table's rows these columns, in this order."""
        there = self.manifest.tables[name].columns
        places = [there.index(column) for column in columns]
        for row in self.rows(name, digest):
            yield [row[place] for place in places]


def to_text(data: bytes) -> str:
    """Bytes as the file holds them."""
    return base64.b64encode(data).decode()


def to_bytes(text: str) -> bytes:
    """What `to_text` wrote."""
    return base64.b64decode(text, validate=True)
