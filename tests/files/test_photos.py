"""A photo is kept upright and clean; what it says of time and place is read first."""

import datetime as dt
import hashlib
import io
import struct
import zlib
from typing import Any
from zoneinfo import ZoneInfo

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from core.files.photos import CleanPhoto, clean_photo, open_photo, thumbnail
from core.kernel import qr
from core.kernel.errors import Refusal

MOSCOW = ZoneInfo("Europe/Moscow")
GPS = {1: "N", 2: (55.0, 45.0, 21.0), 3: "E", 4: (37.0, 37.0, 2.0)}


def picture(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, (220, 30, 30))
    image.paste((30, 30, 220), (size[0] // 2, 0, *size))
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(stamp: str | None = "2026:11:21 14:32:05", offset: str | None = None, gps: Any = None, turn: int = 1) -> Any:
    made = Image.Exif()
    made[0x0112] = turn
    made[0x010F] = "Phone"
    details = made.get_ifd(0x8769)
    if stamp is not None:
        details[0x9003] = stamp
    if offset is not None:
        details[0x9011] = offset
    if gps is not None:
        made.get_ifd(0x8825).update(gps)
    return made


def clean(data: bytes) -> CleanPhoto:
    return clean_photo(data, zone=MOSCOW)


def decoded(photo: CleanPhoto) -> Image.Image:
    return Image.open(io.BytesIO(photo.jpeg))


KINDS = (
    "JPEG RGB, JPEG L, JPEG CMYK, PNG RGB, PNG RGBA, PNG P, PNG L, PNG 1, PNG LA, PNG I;16, WEBP RGBA, GIF P, AVIF RGB"
)


@pytest.mark.parametrize(("kind", "mode"), [kind.split() for kind in KINDS.split(", ")])
def test_every_kind_of_picture_becomes_a_jpeg(kind: str, mode: str) -> None:
    source = picture(mode="L").convert("I;16") if mode == "I;16" else picture(mode=mode)
    data = saved(source, kind)
    photo = clean(data)
    assert photo.jpeg.startswith(b"\xff\xd8\xff")
    assert (photo.width, photo.height) == decoded(photo).size == (400, 300)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert (photo.exif_taken_at, photo.exif_lat, photo.exif_lon) == (None, None, None)


def test_a_heic_is_read_with_its_place_and_time() -> None:
    out = io.BytesIO()
    heif = pillow_heif.from_pillow(picture())
    heif.save(out, exif=exif(gps=GPS).tobytes(), quality=90)
    photo = clean(out.getvalue())
    assert decoded(photo).size == (400, 300)
    assert photo.exif_taken_at == dt.datetime(2026, 11, 21, 11, 32, 5, tzinfo=dt.UTC)
    assert photo.exif_lat == pytest.approx(55.7558333)


def test_place_and_time_are_read_and_then_gone() -> None:
    data = saved(picture(), exif=exif(gps=GPS), comment=b"secret")
    photo = clean(data)
    assert photo.exif_taken_at == dt.datetime(2026, 11, 21, 11, 32, 5, tzinfo=dt.UTC)
    assert (photo.exif_lat, photo.exif_lon) == pytest.approx((55.7558333, 37.6172222))
    left = decoded(photo)
    assert not dict(left.getexif())
    assert not set(left.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    assert b"Exif" not in photo.jpeg
    assert b"secret" not in photo.jpeg


@pytest.mark.parametrize(
    ("stamp", "offset", "moment"),
    [
        ("2026:11:21 14:32:05", None, "2026-11-21T11:32:05+00:00"),
        ("2026:11:21 14:32:05", "+10:00", "2026-11-21T04:32:05+00:00"),
        ("2026:11:21 14:32:05", "-03:30", "2026-11-21T18:02:05+00:00"),
        ("2026:11:21 14:32:05", "junk", "2026-11-21T11:32:05+00:00"),
        ("2026-11-21T14:32:05", None, "2026-11-21T11:32:05+00:00"),
        ("0000:00:00 00:00:00", None, None),
        ("2026:13:45 99:99:99", None, None),
        ("1970:01:01 00:00:00", None, None),
        ("    :  :     :  :  ", None, None),
        ("вчера", None, None),
        (None, None, None),
    ],
)
def test_the_cameras_clock(stamp: str | None, offset: str | None, moment: str | None) -> None:
    taken = clean(saved(picture(), exif=exif(stamp, offset))).exif_taken_at
    assert (taken.isoformat() if taken else None) == moment


@pytest.mark.parametrize(
    ("gps", "place"),
    [
        (GPS | {1: "S", 3: "W"}, (-55.7558333, -37.6172222)),
        (GPS | {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}, None),
        (GPS | {2: (91.0, 0.0, 0.0)}, None),
        (GPS | {4: (181.0, 0.0, 0.0)}, None),
        (GPS | {2: (55.0, 45.0)}, None),
        ({1: "N", 2: (55.0, 45.0, 21.0)}, None),
        ({5: 1}, None),
    ],
)
def test_the_cameras_place(gps: Any, place: tuple[float, float] | None) -> None:
    photo = clean(saved(picture(), exif=exif(gps=gps)))
    found = None if photo.exif_lat is None or photo.exif_lon is None else (photo.exif_lat, photo.exif_lon)
    assert found == (place if place is None else pytest.approx(place))


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_stands_upright(turn: int) -> None:
    photo = clean(saved(picture(), exif=exif(turn=turn)))
    sideways = turn >= 5
    assert (photo.width, photo.height) == ((300, 400) if sideways else (400, 300))
    red, green, blue = decoded(photo).getpixel((photo.width // 8, photo.height // 8))  # type: ignore[misc]
    assert green < 90
    assert (red > blue) == (turn in {1, 4, 5, 6} if not sideways else turn in {5, 6})


def test_what_is_transparent_turns_white() -> None:
    clear = Image.new("RGBA", (50, 50), (255, 0, 0, 0))
    assert decoded(clean(saved(clear, "PNG"))).getpixel((20, 20)) == (255, 255, 255)
    assert decoded(clean(saved(Image.new("P", (50, 50)), "GIF", transparency=0))).getpixel((9, 9)) == (255, 255, 255)


def test_sixteen_bits_keep_their_greys() -> None:
    grey = Image.new("I;16", (60, 60), 32768)
    grey.paste(65535, (30, 0, 60, 60))
    photo = decoded(clean(saved(grey, "PNG"))).convert("L")
    assert 110 < photo.getpixel((10, 30)) < 145  # type: ignore[operator]
    assert photo.getpixel((50, 30)) > 240  # type: ignore[operator]


def test_a_profile_is_applied_and_a_broken_one_ignored() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (profile, b"broken", profile[:100]):
        photo = clean(saved(picture(), "PNG", icc_profile=icc))
        assert "icc_profile" not in decoded(photo).info
        red, _, blue = decoded(photo).getpixel((20, 150))  # type: ignore[misc]
        assert red > 200
        assert blue < 60


def test_a_large_photo_is_made_smaller() -> None:
    photo = clean(saved(picture((6000, 2000))))
    assert (photo.width, photo.height) == (4096, 1365)


def test_an_animation_is_its_first_frame() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    red, _, blue = decoded(clean(data)).getpixel((20, 20))  # type: ignore[misc]
    assert red > blue


def test_a_thumbnail_is_small_and_upright() -> None:
    small = Image.open(io.BytesIO(thumbnail(saved(picture((3000, 2000)), exif=exif(turn=6)))))
    assert small.size == (213, 320)
    assert not dict(small.getexif())
    tiny = Image.open(io.BytesIO(thumbnail(saved(picture((10, 10)), "PNG"))))
    assert tiny.size == (10, 10)


def test_a_code_on_a_photo_can_be_read() -> None:
    code = Image.open(io.BytesIO(qr.png("наклейка"))).convert("RGB").rotate(90)
    assert qr.read(open_photo(saved(code, exif=exif(turn=6)))) == ["наклейка"]


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that unfolds into width × height pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 500)) + chunk(b"IEND", b"")
    )


@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(9001, 9000), (12000, 12000), (60000, 60000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_not_unfolded(size: tuple[int, int]) -> None:
    for look in (clean, thumbnail, open_photo):
        with pytest.raises(Refusal) as refusal:
            look(bomb(*size))
        assert refusal.value.code == "files.bomb"


BROKEN = {
    "cut jpeg": saved(picture())[:500],
    "head only": b"\xff\xd8\xff\xe0",
    "cut png": saved(picture(), "PNG")[:60],
    "png of nothing": b"\x89PNG\r\n\x1a\n",
    "heic of nothing": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 50,
    "webp of nothing": b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 8,
    "gif of nothing": b"GIF89a",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_photo_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        clean(data)
    assert refusal.value.code == "files.not_an_image"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "files.empty"),
        (b"%PDF-1.7", "files.type_not_allowed"),
        (b"<svg/>", "files.type_not_allowed"),
        (b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024), "files.too_large"),
    ],
)
def test_what_is_no_photo_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        clean(data)
    assert refusal.value.code == code


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_photo_never_raises_anything_else(data: st.DataObject) -> None:
    good = bytearray(saved(picture((64, 48)), data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        photo = clean(bytes(good))
    except Refusal:
        return
    assert decoded(photo).format == "JPEG"
