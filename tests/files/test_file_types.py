"""A file is what its bytes say, whatever it is called."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files.rules import (
    DOCX,
    JPEG,
    MAX_BYTES,
    PDF,
    TEXT,
    TYPES,
    XLSX,
    FileKind,
    check,
    check_size,
    safe_name,
    sniff,
)
from core.kernel.errors import Refusal


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


def iso(brand: bytes, *others: bytes) -> bytes:
    body = b"ftyp" + brand + b"\0\0\0\0" + b"".join(others)
    return (len(body) + 4).to_bytes(4, "big") + body + b"\0" * 32


OFFICE = "[Content_Types].xml"
SAMPLES = [
    (b"\xff\xd8\xff\xe0....", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n....", "image/png"),
    (b"GIF89a..", "image/gif"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
    (iso(b"heic"), "image/heic"),
    (iso(b"mif1", b"heic"), "image/heic"),
    (iso(b"mif1", b"avif"), "image/avif"),
    (iso(b"avif"), "image/avif"),
    (iso(b"isom"), "video/mp4"),
    (iso(b"mp42"), "video/mp4"),
    (iso(b"qt  "), "video/quicktime"),
    (iso(b"3gp5"), "video/3gpp"),
    (iso(b"M4A "), "audio/mp4"),
    (b"\x1a\x45\xdf\xa3....", "video/webm"),
    (b"OggS....", "audio/ogg"),
    (b"ID3\x04....", "audio/mpeg"),
    (b"%PDF-1.7", "application/pdf"),
    (archive(OFFICE, "word/document.xml"), DOCX.mime),
    (archive(OFFICE, "xl/workbook.xml"), XLSX.mime),
    ("Привет;мир\r\n1;2".encode(), "text/plain"),
    ("\ufeffс меткой".encode(), "text/plain"),
    (("a" + "я" * 4097).encode(), "text/plain"),
    ("Объект;Показание\r\nМагазин «Ёлка» № 5;-18,5 °C\r\n".encode("cp1251"), "text/plain"),
    ("Їжак – ўсё…\r\n".encode("cp1251") * 500, "text/plain"),
]


@pytest.mark.parametrize(("data", "mime"), SAMPLES)
def test_known_types_are_told(data: bytes, mime: str) -> None:
    found = check(data)
    assert found.mime == mime


STRANGERS = {
    "exe": b"MZ\x90\x00",
    "elf": b"\x7fELF\x02",
    "zip": archive("photo.jpg"),
    "macros": archive(OFFICE, "word/document.xml", "word/vbaProject.bin"),
    "broken zip": archive(OFFICE, "word/document.xml")[:60],
    "html": b"<!DOCTYPE html><script>alert(1)</script>",
    "svg": b'\n <svg xmlns="http://www.w3.org/2000/svg" onload="x"/>',
    "old doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "rar": b"Rar!\x1a\x07",
    "unknown brand": iso(b"zzzz"),
    "cut iso": b"\x00\x00\x00\x20ftyp",
    "markup in cp1251": "<script>Привет".encode("cp1251"),
    "controls among letters": "Привет\x01".encode("cp1251"),
    "signs that nobody writes": b"\xcf\x98\x81\x8d\xf2",
    "nul in text": b"text\0text",
    "blank": b" \n ",
    "nul": b"\0",
}


@pytest.mark.parametrize("data", STRANGERS.values(), ids=STRANGERS.keys())
def test_what_is_not_known_is_not_taken(data: bytes) -> None:
    assert sniff(data) is None
    with pytest.raises(Refusal) as refusal:
        check(data)
    assert refusal.value.code == "files.type_not_allowed"


def test_a_known_type_may_not_fit_the_place() -> None:
    photos: tuple[FileKind, ...] = ("photo",)
    with pytest.raises(Refusal) as refusal:
        check(b"%PDF-1.7", photos)
    assert (refusal.value.code, refusal.value.data) == ("files.type_not_allowed", {"found": "application/pdf"})


@pytest.mark.parametrize(
    ("size", "code"),
    [(0, "files.empty"), (-1, "files.empty"), (MAX_BYTES + 1, "files.too_large")],
)
def test_size_has_bounds(size: int, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_size(size)
    assert refusal.value.code == code


def test_the_bounds_themselves_are_fine() -> None:
    check_size(1)
    check_size(MAX_BYTES)
    check_size(MAX_BYTES * 20, limit=MAX_BYTES * 20)
    with pytest.raises(Refusal):
        check(b"%PDF-" + b"\0" * MAX_BYTES)


@given(st.binary(max_size=300))
def test_any_bytes_are_of_a_known_type_or_of_none(data: bytes) -> None:
    known = {None, *TYPES}
    for head in (b"", b"PK\x03\x04", b"\0\0\0\x20ftyp"):
        assert sniff(head + data) in known


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Схема щита.pdf", "Схема щита.pdf"),
        ("СХЕМА.PDF", "СХЕМА.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Windows\\evil.exe", "evil.exe.pdf"),
        ("схема.pdf.exe", "схема.pdf.exe.pdf"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        (".pdf", "file.pdf"),
        ("con.pdf", "_con.pdf"),
        ("NUL", "_NUL.pdf"),
        ('a<b>:"c"|?*.pdf', "a b c.pdf"),
        ("строка\r\nSet-Cookie: x.pdf", "строка Set-Cookie x.pdf"),
        ("😀 фото.pdf", "😀 фото.pdf"),
        ("\ud800.pdf", "file.pdf"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name, PDF) == safe


@given(st.text(max_size=400), st.sampled_from([PDF, JPEG, TEXT]))
def test_any_name_is_made_safe(name: str, found: object) -> None:
    safe = safe_name(name, found)  # type: ignore[arg-type]
    assert 5 <= len(safe) <= 100
    assert safe.rsplit(".", 1)[1] in found.extensions  # type: ignore[attr-defined]
    assert not set(safe) & set('\\/:*?"<>|\r\n\0')
    assert not safe.startswith(".")
    assert safe_name(safe, found) == safe  # type: ignore[arg-type]
    safe.encode()
