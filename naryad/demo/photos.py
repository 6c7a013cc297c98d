"""Pictures that the story's people take: drawn here, so that the demo needs no files of its own."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

from simulator.app import Upload

SIZE = (1280, 960)


def photo(kind: str) -> Upload:
    """`showcase` (a display fridge at +14), `before` (ice on the evaporator), `after` (clean, at +3)."""
    draw = {"showcase": _showcase, "before": _before, "after": _after}[kind]
    image = draw()
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return Upload(f"{kind}.jpg", "image/jpeg", out.getvalue())


def _room(tone: tuple[int, int, int]) -> Image.Image:
    image = Image.new("RGB", SIZE, tone)
    draw = ImageDraw.Draw(image)
    for y in range(0, SIZE[1], 4):
        shade = tuple(max(0, c - y // 18) for c in tone)
        draw.line(((0, y), (SIZE[0], y)), fill=shade, width=4)
    return image


def _fridge(display: str, colour: tuple[int, int, int], tone: tuple[int, int, int]) -> Image.Image:
    image = _room(tone)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((250, 90, 1030, 900), 36, fill=(236, 240, 244), outline=(150, 160, 170), width=6)
    draw.rounded_rectangle((300, 210, 980, 850), 18, fill=(205, 226, 238), outline=(120, 135, 150), width=5)
    chance = random.Random(3)
    for shelf in range(4):
        y = 330 + shelf * 150
        draw.rectangle((305, y, 975, y + 8), fill=(140, 150, 160))
        for x in range(330, 940, 88):
            height = chance.randint(50, 95)
            draw.rounded_rectangle(
                (x, y - height, x + 62, y - 2),
                10,
                fill=chance.choice(((214, 132, 90), (240, 205, 120), (120, 170, 120), (190, 90, 90))),
            )
    draw.rounded_rectangle((520, 115, 760, 190), 12, fill=(20, 24, 28))
    draw.text((565, 122), display, fill=colour, font_size=52)
    return image


def _showcase() -> Image.Image:
    return _fridge("+14°", (255, 80, 60), (196, 186, 170))


def _after() -> Image.Image:
    return _fridge("+3°", (90, 230, 120), (206, 204, 198))


def _before() -> Image.Image:
    image = _room((120, 128, 134))
    draw = ImageDraw.Draw(image)
    for x in range(120, 1180, 16):
        draw.line(((x, 160), (x, 800)), fill=(170, 176, 182), width=3)
    for y in (220, 400, 580, 740):
        draw.line(((110, y), (1180, y)), fill=(184, 115, 51), width=16)
    frost = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    brush, chance = ImageDraw.Draw(frost), random.Random(5)
    for _ in range(420):
        x, y, r = chance.randint(100, 1180), chance.randint(150, 810), chance.randint(14, 60)
        brush.ellipse((x - r, y - r, x + r, y + r), fill=(245, 250, 255, 120))
    frost = frost.filter(ImageFilter.GaussianBlur(7))
    image.paste(frost, (0, 0), frost)
    return image
