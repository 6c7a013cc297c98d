"""What a file is, which files we take, and what we make of a photo. Nothing is believed because of a name.

A type is told by the first bytes; what is not in ``TYPES`` is not taken. Errors are ``Refusal`` with the codes
files.empty, files.too_large, files.type_not_allowed, files.not_an_image and files.bomb. Photos are in
``photos.py``.
"""

import codecs
import io
import re
import unicodedata
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from core.kernel.errors import Refusal

FileKind = Literal["photo", "video", "audio", "document"]

MAX_BYTES = 20 * 1024 * 1024
"""What a bot can download; anything larger comes by an upload link."""
MAX_NAME = 100
TEXT_SEEN = 4096


@dataclass(frozen=True, slots=True)
class FileType:
    """What the bytes are. ``extensions``: those that a name may end with, the usual one first."""

    kind: FileKind
    mime: str
    extensions: tuple[str, ...]


JPEG = FileType("photo", "image/jpeg", ("jpg", "jpeg"))
PNG = FileType("photo", "image/png", ("png",))
GIF = FileType("photo", "image/gif", ("gif",))
WEBP = FileType("photo", "image/webp", ("webp",))
HEIC = FileType("photo", "image/heic", ("heic", "heif"))
AVIF = FileType("photo", "image/avif", ("avif",))
MP4 = FileType("video", "video/mp4", ("mp4", "m4v"))
MOV = FileType("video", "video/quicktime", ("mov",))
GPP = FileType("video", "video/3gpp", ("3gp", "3gpp"))
WEBM = FileType("video", "video/webm", ("webm", "mkv"))
OGG = FileType("audio", "audio/ogg", ("ogg", "oga", "opus"))
MP3 = FileType("audio", "audio/mpeg", ("mp3",))
M4A = FileType("audio", "audio/mp4", ("m4a",))
WAV = FileType("audio", "audio/wav", ("wav",))
PDF = FileType("document", "application/pdf", ("pdf",))
DOCX = FileType("document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))
XLSX = FileType("document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
TEXT = FileType("document", "text/plain", ("txt", "csv", "log"))

TYPES = (JPEG, PNG, GIF, WEBP, HEIC, AVIF, MP4, MOV, GPP, WEBM, OGG, MP3, M4A, WAV, PDF, DOCX, XLSX, TEXT)

_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"\x1a\x45\xdf\xa3", WEBM),
    (b"OggS", OGG),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"%PDF-", PDF),
)
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"avif", b"avis"), AVIF),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash"), MP4),
    **dict.fromkeys((b"M4V ", b"M4VP", b"MSNV"), MP4),
    b"qt  ": MOV,
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3g2a"), GPP),
    **dict.fromkeys((b"M4A ", b"M4B "), M4A),
}
_RIFF = {b"WEBP": WEBP, b"WAVE": WAV}


def may_be_picture(mime: str, name: str) -> bool:
    """Whether a file that is not here yet says that it is a picture; telephones often name no type for HEIC."""
    ending = name.rpartition(".")[2].lower()
    return mime.startswith("image/") or any(ending in known.extensions for known in TYPES if known.kind == "photo")


def sniff(data: bytes) -> FileType | None:
    """The type that the bytes themselves show, or None when it is none of ours. A few kilobytes are enough,
    but for office documents, which are told by their table of contents at the end."""
    for start, known in _STARTS:
        if data.startswith(start):
            return known
    if data[4:8] == b"ftyp":
        return _brand(data)
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12])
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return TEXT if _is_text(data[:TEXT_SEEN]) else None


def _brand(data: bytes) -> FileType | None:
    """By the major brand of an ISO file; one that says only "an image" names AVIF among its others."""
    known = _BRANDS.get(data[8:12])
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    others = {data[start : start + 4] for start in range(16, end - 3, 4)}
    return AVIF if known is HEIC and data[8:12] in {b"mif1", b"msf1"} and b"avif" in others else known


def _office(data: bytes) -> FileType | None:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any("vbaProject" in name for name in names):
        return None
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None


def _is_text(start: bytes) -> bool:
    """UTF-8, or what a Russian Excel saves as CSV (cp1251), without control characters, that is no markup a browser
    might run."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        text = decoder.decode(start, final=len(start) < TEXT_SEEN)
    except UnicodeDecodeError:
        text = start.decode("cp1251", "replace")
        if not _RUSSIAN.fullmatch(text):
            return False
    body = text.lstrip()
    return bool(body) and not body.startswith("<") and not any(ord(c) < 32 and c not in "\t\r\n\f" for c in text)


_RUSSIAN = re.compile("[\0-\x7fА-яЁёІіЇїЄєҐґЎў№«»„“”‘’–—…•·°±§¤©®™€\xa0\xad]*")


def check_size(size: int, limit: int = MAX_BYTES) -> None:
    """Refuses zero bytes and more than ``limit``; ask before downloading, and again of what came."""
    if size <= 0:
        raise Refusal("files.empty")
    if size > limit:
        raise Refusal("files.too_large", size=size, limit=limit)


def check(
    data: bytes,
    kinds: Collection[FileKind] = ("photo", "video", "audio", "document"),
    limit: int = MAX_BYTES,
) -> FileType:
    """The type of a file that may come in, of one of ``kinds``. Does not decode: a photo may still be broken."""
    check_size(len(data), limit)
    found = sniff(data)
    if found is None or found.kind not in kinds:
        raise Refusal("files.type_not_allowed", found=found.mime if found else None)
    return found


_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
_DROPPED = {"Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def safe_name(name: str, found: FileType) -> str:
    """A name fit for any disk and header, at most ``MAX_NAME`` characters, with an ending that fits the bytes.

    Folders, controls, marks that turn text around and names that Windows keeps for itself are taken out;
    "схема.pdf.exe" of a PDF becomes "схема.pdf.exe.pdf"; an empty name becomes "file".
    """
    base = unicodedata.normalize("NFC", "".join(c for c in name if unicodedata.category(c) not in _DROPPED))
    base = re.split(r"[\\/]", base)[-1]
    base = " ".join(_FORBIDDEN.sub(" ", base).split())
    stem, dot, ending = base.rpartition(".")
    if not dot or ending.lower() not in found.extensions:
        stem, ending = base, found.extensions[0]
    stem = stem.strip(" .") or "file"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    ending = ending.lower()
    return f"{stem[: MAX_NAME - len(ending) - 1].rstrip(' .')}.{ending}"
