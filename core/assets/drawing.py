"""A plan with a ring around what is looked for, as a messenger can show it. CPU-bound, some tenths of a second: in a
task, in a thread."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from core.files.photos import open_photo
from core.kernel.fonts import FONTS

SIDE = 1600
RING, HALO, INK = "#d63939", "#ffffff", "#182433"
LONGEST = 40
"""Letters of a label; it stands on a picture, where the rest is told below."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place, as parts of the picture, and what is there."""

    x: float
    y: float
    label: str


def marked(picture: bytes, marks: Sequence[Mark]) -> bytes:
    """A JPEG of the plan, at most `SIDE` pixels a side, with the marks. Refuses as `open_photo` does."""
    image = open_photo(picture)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    unit = max(image.size) / 100
    font = ImageFont.truetype(str(FONTS / "PTSans_700Bold.ttf"), max(14, round(2.4 * unit)))
    for mark in marks:
        at = (mark.x * (image.width - 1), mark.y * (image.height - 1))
        for colour, width, radius in ((HALO, 1.3, 3.0), (RING, 0.7, 2.7)):
            _ring(draw, at, radius * unit, colour, round(width * unit))
        _dot(draw, at, 0.6 * unit)
    for mark in marks:
        _label(draw, image.size, mark, unit, font)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _ring(draw: ImageDraw.ImageDraw, at: tuple[float, float], radius: float, colour: str, width: int) -> None:
    x, y = at
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=max(2, width))


def _dot(draw: ImageDraw.ImageDraw, at: tuple[float, float], radius: float) -> None:
    x, y = at
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=RING)


def _label(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], mark: Mark, unit: float, font: ImageFont.FreeTypeFont
) -> None:
    """Below the ring, above it where the picture ends, and never beyond the sides."""
    text = mark.label if len(mark.label) <= LONGEST else mark.label[: LONGEST - 1].rstrip() + "…"
    if not text:
        return
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    width, height, gap = right - left + 1.6 * unit, bottom - top + 1.2 * unit, 3.8 * unit
    x = min(max(mark.x * size[0] - width / 2, 0), max(size[0] - width, 0))
    y = mark.y * size[1] + gap
    if y + height > size[1]:
        y = mark.y * size[1] - gap - height
    y = min(max(y, 0), max(size[1] - height, 0))
    draw.rounded_rectangle((x, y, x + width, y + height), 0.6 * unit, fill=INK)
    draw.text((x + 0.8 * unit - left, y + 0.6 * unit - top), text, fill=HALO, font=font)
