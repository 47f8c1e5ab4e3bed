"""What a file is, by its bytes: the first ones, and the structure to the last. Names are compared, never believed.

Pure. What is two things at once, encrypted, or acts by itself is refused where that is cheap to see; a scanner of the
operator's looks for the rest.
"""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from meguri.kit.problems import N_, Refused, refuse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
TYPES: Mapping[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/tiff": ("tif", "tiff"),
    XLSX: ("xlsx",),
    ODS: ("ods",),
    "text/plain": ("txt", "csv"),
}
"""The media types that are taken, with what their names end in; the first is given where a name ends in nothing."""
MOST_PARTS = 1000
MOST_UNPACKED = 256 * 1024 * 1024
MOST_PIXELS = 30_000
FIRST = 1024
"""Bytes at the beginning in which programs look for what a file may be."""
PNG = b"\x89PNG\r\n\x1a\n"
ZIP = b"PK\x03\x04"
ACTING = re.compile(rb"/(?:JavaScript|Launch|RichMedia|EmbeddedFile)(?![A-Za-z])")
LOCKED = re.compile(rb"/Encrypt(?![A-Za-z])")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|\?xml|\?php|iframe|img)", re.IGNORECASE)
INSIDE = re.compile(
    r"vbaproject|macrosheets|externallinks/|embeddings/|activex/|^basic/|^scripts/|^object ", re.IGNORECASE
)
UNSAFE = re.compile(r"\.\.|^/|\\|\0")
ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Looked:
    """A file as it was found: its media type, and a name that ends as such files do."""

    type: str
    name: str


def looked(content: bytes, name: str) -> Looked:
    """What a file is. Refused for what is of no type that is taken, is more than one thing, or is called otherwise."""
    if not content:
        raise refuse(N_("The file is empty."), "/file", "empty")
    found, check = _begins(content)
    check(content)
    _nothing_else(content, found)
    return Looked(found, _called(name, found))


def _begins(content: bytes) -> tuple[str, Callable[[bytes], None]]:
    if content.startswith(b"%PDF-"):
        return "application/pdf", _pdf
    if content.startswith(PNG):
        return "image/png", _png
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _jpeg
    if content.startswith((b"II*\0", b"MM\0*")):
        return "image/tiff", _tiff
    if content.startswith(ZIP):
        return _workbook_type(content), _workbook
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise refuse(
            N_("This is a file of an old Office, or one with a password. Save it as .xlsx or PDF without one."),
            "/file",
            "type",
        )
    return "text/plain", _text


def damaged(what: str) -> Refused:
    """The refusal of what begins like a type and does not go on like it."""
    return refuse(
        N_("The file begins like {what} and is not whole, or holds more than that. Save it anew."),
        "/file",
        "structure",
        what=what,
    )


def _acts(what: str) -> Refused:
    return refuse(
        N_("The file holds macros, scripts, links or other files ({what}). Save it without them."),
        "/file",
        "active",
        what=what[:60],
    )


def _locked() -> Refused:
    return refuse(N_("The file has a password or is encrypted. Bring it without."), "/file", "encrypted")


def _pdf(content: bytes) -> None:
    end = content.rstrip(b"\r\n\t \0")
    if not re.match(rb"%PDF-[12]\.\d", content) or not end.endswith(b"%%EOF") or b"startxref" not in content[-2048:]:
        raise damaged("PDF")
    # A name may be written with escapes: /Java#53cript.
    plain = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content) if b"#" in content else content
    if LOCKED.search(plain):
        raise _locked()
    if found := ACTING.search(plain):
        raise _acts(found[0].decode())


def _png(content: bytes) -> None:
    at, first = len(PNG), True
    while True:
        if at + 12 > len(content):
            raise damaged("PNG")
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content) or zlib.crc32(content[at + 4 : end - 4]) != struct.unpack_from(">I", content, end - 4)[0]:
            raise damaged("PNG")
        if first:
            if name != b"IHDR" or length != 13:
                raise damaged("PNG")
            _pixels(*struct.unpack_from(">II", content, at + 8))
        first, at = False, end
        if name == b"IEND":
            break
    if at != len(content):
        raise damaged("PNG")


def _pixels(width: int, height: int) -> None:
    if not 0 < width <= MOST_PIXELS or not 0 < height <= MOST_PIXELS:
        raise refuse(N_("An image has at most {most} pixels in width and height."), "/file", "pixels", most=MOST_PIXELS)


def _jpeg(content: bytes) -> None:
    """One image, or several one after the other, as telephones write them."""
    at = 0
    while at < len(content):
        if content[at : at + 2] != b"\xff\xd8":
            raise damaged("JPEG")
        at = _one_jpeg(content, at + 2)


def _one_jpeg(content: bytes, at: int) -> int:
    """Where the image ends whose first marker stands there."""
    sized = scanned = False
    while True:
        if at + 2 > len(content) or content[at] != 0xFF:
            raise damaged("JPEG")
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        at += 2
        if marker == 0xD9:
            if not (sized and scanned):
                raise damaged("JPEG")
            return at
        if marker in (0x00, 0x01, 0xD8) or 0xD0 <= marker <= 0xD7 or at + 2 > len(content):
            raise damaged("JPEG")
        length = struct.unpack_from(">H", content, at)[0]
        if length < 2 or at + length > len(content):
            raise damaged("JPEG")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if length < 8:
                raise damaged("JPEG")
            height, width = struct.unpack_from(">HH", content, at + 3)
            _pixels(width, height)
            sized = True
        at += length
        if marker == 0xDA:
            scanned = True
            while True:
                at = content.find(b"\xff", at)
                if at < 0 or at + 1 >= len(content):
                    raise damaged("JPEG")
                if content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
                    at += 2
                else:
                    break


def _tiff(content: bytes) -> None:
    order = "<" if content[:2] == b"II" else ">"
    if len(content) < 8:
        raise damaged("TIFF")
    at, seen = struct.unpack_from(order + "I", content, 4)[0], set[int]()
    while at:
        if at in seen or len(seen) >= MOST_PARTS or at < 8 or at + 6 > len(content):
            raise damaged("TIFF")
        seen.add(at)
        count = struct.unpack_from(order + "H", content, at)[0]
        if not count or at + 6 + 12 * count > len(content):
            raise damaged("TIFF")
        tags = {struct.unpack_from(order + "H", content, at + 2 + 12 * n)[0] for n in range(count)}
        # Width, height, and where the strips or tiles lie.
        if not {256, 257} <= tags or not tags & {273, 324}:
            raise damaged("TIFF")
        at = struct.unpack_from(order + "I", content, at + 2 + 12 * count)[0]
    if not seen:
        raise damaged("TIFF")


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise damaged("ZIP") from None


def _workbook_type(content: bytes) -> str:
    with _opened(content) as archive:
        names = set(archive.namelist())
    if {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        return XLSX
    if {"mimetype", "content.xml", "META-INF/manifest.xml"} <= names:
        return ODS
    raise refuse(
        N_("This archive is neither an .xlsx nor an .ods. Archives are not taken; bring the papers in it one by one."),
        "/file",
        "type",
    )


def _workbook(content: bytes) -> None:
    with _opened(content) as archive:
        parts = archive.infolist()
        names = [part.filename for part in parts]
        end = content.rfind(b"PK\x05\x06")
        if len(names) != len(set(names)) or any(UNSAFE.search(name) for name in names):
            raise damaged("ZIP")
        # Nothing before the first part, nothing after the directory: neither may be another file.
        if min(part.header_offset for part in parts) != 0 or len(content) != end + 22 or archive.comment:
            raise damaged("ZIP")
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise refuse(N_("The workbook is too large when unpacked."), "/file", "unpacked")
        if any(part.flag_bits & 0x41 for part in parts):
            raise _locked()
        if found := next((name for name in names if INSIDE.search(name)), None):
            raise _acts(found)
        if "mimetype" in names and "content.xml" in names:
            _open_document(archive, parts[0])
        else:
            said = _part(archive, "[Content_Types].xml")
            if b"macroEnabled" in said or b"vbaProject" in said:
                raise _acts("macroEnabled")
            if b"spreadsheetml.sheet.main+xml" not in said:
                raise damaged("XLSX")


def _open_document(archive: zipfile.ZipFile, first: zipfile.ZipInfo) -> None:
    if first.filename != "mimetype" or _part(archive, "mimetype") != ODS.encode():
        raise damaged("ODS")
    if b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
        raise _locked()


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """A small part, which declares no entities."""
    try:
        with archive.open(name) as part:
            found = part.read(1_000_001)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        raise damaged("ZIP") from None
    if len(found) > 1_000_000 or ENTITIES.search(found):
        raise damaged("ZIP")
    return found


def _text(content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse(
            N_("This is no file of a type that is taken: PDF, PNG, JPEG, TIFF, .xlsx, .ods, or plain text in UTF-8."),
            "/file",
            "type",
        ) from None
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r\f" for letter in set(text)):
        raise refuse(
            N_("This is no file of a type that is taken: PDF, PNG, JPEG, TIFF, .xlsx, .ods, or plain text in UTF-8."),
            "/file",
            "type",
        )
    begins = text[:FIRST].lstrip()
    if begins.startswith(("#!", "{\\rtf", "%!", "MZ")):
        raise _acts(begins[:10])


def _nothing_else(content: bytes, found: str) -> None:
    """Refuse what another program would take for another file."""
    first = content[:FIRST]
    if found != "application/pdf" and b"%PDF-" in first:
        raise damaged(TYPES[found][0].upper())
    if found not in (XLSX, ODS):
        if MARKUP.search(first) and found != "application/pdf":
            raise _acts("HTML")
        if zipfile.is_zipfile(io.BytesIO(content)):
            raise damaged(TYPES[found][0].upper())


def _called(name: str, found: str) -> str:
    """The name as it is kept: the last part of a path, without what cannot be seen. Refused where it ends otherwise."""
    last = name.replace("\\", "/").rpartition("/")[2]
    tidy = " ".join("".join(one if one.isprintable() else " " for one in last).split()).strip(". ")[-200:]
    ends = PurePath(tidy).suffix.lower().lstrip(".") if tidy else ""
    if not tidy or not ends:
        return f"{(tidy or 'paper')[:190]}.{TYPES[found][0]}"
    if ends not in TYPES[found]:
        raise refuse(
            N_("The file is called .{ends} and is {type}. Give it the name of what it is."),
            "/file",
            "name",
            ends=ends[:20],
            type=found,
        )
    return tidy
