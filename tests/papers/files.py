"""Small files of every type that is taken, and of many that are not."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from meguri.papers import looking

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
TEXT = "Lot 7: copper 61.2 %\nKupfer, 銅\n".encode()
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0"
    b"\xff\xda\0\x08\1\1\0\0\x3f\0\x12\xff\0\x34\xff\xd9"
)
TIFF = b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + b"".join(
    struct.pack("<HHII", tag, 4, 1, value) for tag, value in ((256, 1), (257, 1), (273, 50))
) + struct.pack("<I", 0)  # fmt: skip
XL = b'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'  # noqa: E501


def chunk(name, data, wrong=0):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data) ^ wrong)


def png(width=1, wrong=0, more=b""):
    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0\0"), wrong)
    return looking.PNG + chunk(b"IHDR", head) + more + data + chunk(b"IEND", b"")


def archive(parts, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
        file.comment = comment
    return out.getvalue()


def xlsx(types=XL, comment=b"", **more):
    parts = {"[Content_Types].xml": types, "xl/workbook.xml": b"<workbook/>"} | more
    return archive(parts, comment)


def ods(kind=looking.ODS, manifest=b"<manifest/>", **more):
    return archive({"mimetype": kind, "content.xml": b"<a/>", "META-INF/manifest.xml": manifest} | more)


GOOD = {
    "application/pdf": PDF,
    "image/png": png(),
    "image/jpeg": JPEG,
    "image/tiff": TIFF,
    looking.XLSX: xlsx(),
    looking.ODS: ods(),
    "text/plain": TEXT,
}
ZIPPED = archive({"a.txt": b"a"})
