"""A file as 1C uploads it: XML, or XML packed by zip. Nothing is unpacked to a disk, and never more than `MOST`."""

import re
import zipfile
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from io import BytesIO

from webhooks.request import Malformed

MOST = 32 << 20
"""Bytes of a file, of all that is packed in one together."""
MOST_PACKED = 200
ENCRYPTED = 0x1
ROOT = "КоммерческаяИнформация"

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)

_PACKED = b"PK\x03\x04"
_HEAD = b"<?xml"
_XML = re.compile(r"[\w. ()-]{1,128}\.xml", re.IGNORECASE)
_ENDS = tuple(f"{ROOT}>".encode(charset) for charset in ("utf-8", "cp1251"))


def is_packed(data: bytes) -> bool:
    return data.startswith(_PACKED)


def begins(piece: bytes) -> bool:
    """Whether a file begins here: what came of it before is a try that broke off."""
    return is_packed(piece) or piece.removeprefix(BOM_UTF8).lstrip().startswith(_HEAD)


def is_whole(data: bytes) -> bool:
    """Whether the last piece is there: the archive has its directory, the XML its last tag."""
    if is_packed(data):
        return zipfile.is_zipfile(BytesIO(data))
    return data.rstrip().endswith(_ENDS)


def holds(data: bytes, name: str) -> bool:
    """Whether it is an archive with a file of this name in it. Malformed for a broken one."""
    if not is_packed(data):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return name in archive.namelist()
    except BROKEN:
        raise Malformed(400, "a broken archive") from None


def opened(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The file itself, or the XML files packed in it, by their names. Malformed for what is no good archive or is too
    much."""
    if not is_packed(data):
        yield name, data
        return
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield from _packed(archive)
    except BROKEN:
        raise Malformed(400, "a broken archive") from None


def _packed(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """What a directory says of sizes is not believed: the bytes are counted as they come."""
    members = archive.infolist()
    if len(members) > MOST_PACKED:
        raise Malformed(413, f"over {MOST_PACKED} files in an archive")
    left = MOST
    for member in members:
        if member.is_dir() or not member.filename.lower().endswith(".xml"):
            continue
        if _XML.fullmatch(member.filename) is None or member.flag_bits & ENCRYPTED:
            raise Malformed(400, "an archive with folders or passwords")
        with archive.open(member) as packed:
            found = packed.read(left + 1)
        left -= len(found)
        if left < 0:
            raise Malformed(413, f"over {MOST} bytes in an archive")
        yield member.filename, found
