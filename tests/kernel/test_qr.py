"""A QR code that we draw is read back from what people photograph."""

import io
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from core.kernel import qr

LINK = "https://t.me/holod_service_bot?start=1a7Bk-Zm9vYmFyYmF6"


def code(text: str = LINK, module: int = 8) -> Image.Image:
    return Image.open(io.BytesIO(qr.png(text, module=module))).convert("RGB")


def scene(*codes: tuple[Image.Image, tuple[int, int]], size: tuple[int, int] = (1280, 960)) -> Image.Image:
    """A grey wall with things on it."""
    wall = Image.new("RGB", size, (150, 148, 140))
    draw = ImageDraw.Draw(wall)
    for x in range(0, size[0], 40):
        draw.line((x, 0, x + 200, size[1]), fill=(120, 118, 110), width=3)
    for image, place in codes:
        wall.paste(image, place)
    return wall


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_any_text_survives(text: str) -> None:
    assert qr.read(code(text)) == [text]


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133, 180, 271])
def test_a_turned_code_is_read(angle: int) -> None:
    turned = code().rotate(angle, expand=True, fillcolor=(255, 255, 255))
    assert qr.read(scene((turned, (200, 100)))) == [LINK]


@pytest.mark.parametrize("side", [70, 90, 120])
def test_a_small_code_is_read(side: int) -> None:
    small = code().resize((side, side), Image.Resampling.LANCZOS)
    assert qr.read(scene((small, (600, 500)))) == [LINK]


def test_a_blurred_dim_jpeg_is_read() -> None:
    photo = scene((code(), (300, 200))).filter(ImageFilter.GaussianBlur(2)).point(lambda value: value * 0.4)
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=40)
    assert qr.read(Image.open(out)) == [LINK]


def test_a_photo_taken_sideways_is_read() -> None:
    photo = scene((code(), (300, 200)))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif)
    assert qr.read(Image.open(out)) == [LINK]


def test_all_codes_of_a_photo_are_read_from_the_top() -> None:
    photo = scene((code("второй", 6), (100, 600)), (code("первый", 6), (800, 40)), (code("второй", 6), (900, 600)))
    assert qr.read(photo) == ["первый", "второй"]


def test_a_photo_without_a_code_reads_as_nothing() -> None:
    assert qr.read(scene()) == []
    assert qr.read(Image.new("L", (1, 1))) == []


def test_the_drawing_and_the_picture_are_the_same_code() -> None:
    root = ElementTree.fromstring(qr.svg(LINK))
    rows = qr.matrix(LINK)
    side = len(rows) + 2 * qr.QUIET_ZONE
    assert root.attrib["viewBox"] == f"0 0 {side} {side}"
    assert code(module=1).size == (side, side)
    dark = sum(map(sum, rows))
    runs = [part.split("h")[1].split("v")[0] for part in root[0].attrib["d"].split("M")[1:]]
    assert sum(map(int, runs)) == dark


@pytest.mark.parametrize("text", ["", "х" * 501])
def test_what_no_code_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="holds"):
        qr.svg(text)
