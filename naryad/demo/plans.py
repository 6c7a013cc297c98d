"""Floor plans of two of the demo's sites, drawn here, and what stands where on them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from core.assets import plans
from core.files.actions import Stored
from core.kernel.fonts import FONTS
from core.kernel.read import fetch

Box = tuple[int, int, int, int]
SIZE = (1440, 960)
PAPER, FLOOR, WALL, GLASS, FURNITURE, INK = "#f4f6f9", "#ffffff", "#3d4b5c", "#7fb2e5", "#e3e8ee", "#5b6878"
TINTS = ("#ffffff", "#eef5fd", "#fdf6ec", "#eef8f0", "#f6f1fb")


@dataclass(frozen=True, slots=True)
class Floor:
    """`rooms`: a name and its walls; `doors`: openings in walls, (x, y, width, height); `things`: furniture; `pins`:
    the kind of a machine of the site, in turn, and where it stands as parts of the picture."""

    site: str
    name: str
    rooms: tuple[tuple[str, Box], ...]
    doors: tuple[Box, ...]
    things: tuple[Box, ...] = ()
    glass: tuple[Box, ...] = ()
    pins: tuple[tuple[str, float, float], ...] = ()


FLOORS = (
    Floor(
        "Кофейня на Лесной",
        "1 этаж: зал и кухня",
        (("Зал", (80, 80, 900, 880)), ("Кухня", (900, 80, 1360, 470)), ("Склад", (900, 470, 1140, 880)),
         ("Санузел", (1140, 470, 1360, 880))),
        ((895, 230, 10, 110), (895, 620, 10, 100), (1220, 465, 90, 10), (430, 875, 150, 10)),
        ((620, 170, 720, 620), (160, 170, 280, 270), (160, 360, 280, 460), (160, 550, 280, 650), (360, 360, 480, 460),
         (360, 550, 480, 650), (960, 130, 1310, 190), (1280, 230, 1330, 420), (930, 760, 1100, 840)),
        ((75, 160, 10, 240), (75, 500, 10, 240), (980, 75, 240, 10)),
        (("split", 0.12, 0.14), ("coffee", 0.465, 0.30), ("showcase", 0.465, 0.56)),
    ),
    Floor(
        "ТЦ «Меридиан»",
        "1 этаж, галерея",
        (("Галерея", (80, 360, 1360, 600)), ("Супермаркет", (80, 80, 640, 360)), ("Одежда", (640, 80, 1000, 360)),
         ("Фудкорт", (1000, 80, 1360, 360)), ("Аптека", (80, 600, 440, 880)), ("Детский мир", (440, 600, 940, 880)),
         ("Охрана", (940, 600, 1130, 880)), ("Щитовая", (1130, 600, 1360, 880))),
        ((300, 355, 130, 10), (780, 355, 90, 10), (1130, 355, 120, 10), (210, 595, 90, 10), (640, 595, 110, 10),
         (1010, 595, 60, 10), (1220, 595, 60, 10), (75, 430, 10, 100), (1355, 430, 10, 100)),
        ((130, 130, 590, 160), (130, 200, 590, 230), (130, 270, 590, 300), (690, 130, 720, 300), (780, 130, 810, 300),
         (1040, 120, 1320, 160), (1050, 220, 1110, 270), (1180, 220, 1240, 270), (130, 660, 390, 700),
         (500, 680, 560, 830), (660, 680, 720, 830), (820, 680, 880, 830), (520, 450, 920, 510)),
        ((140, 75, 420, 10), (1050, 75, 260, 10)),
        (("split", 0.83, 0.31), ("split", 0.72, 0.72)),
    ),
    Floor(
        "ТЦ «Меридиан»",
        "Кровля",
        (("Кровля", (80, 80, 1360, 880)), ("Венткамера", (160, 160, 520, 480)), ("Лифт", (160, 560, 340, 780))),
        ((515, 280, 10, 90), (335, 640, 10, 70)),
        ((700, 180, 1180, 420), (700, 540, 1180, 780), (210, 210, 470, 260), (210, 330, 400, 430)),
        (),
        (("chiller", 0.65, 0.31),),
    ),
)  # fmt: skip


async def drawn() -> list[Stored]:
    """The pictures, in the order of `FLOORS`: outside a work."""
    return [await plans.prepare(_drawing(one)) for one in FLOORS]


async def floors(pictures: list[Stored]) -> None:
    """In the running work, after the machines: a plan for each picture, and pins of most of what stands there."""
    sites = {row["name"]: row["id"] for row in await fetch("SELECT id, name FROM customers_sites")}
    machines = {site: _in_turn(await fetch(_MACHINES, sites[site])) for site in {one.site for one in FLOORS}}
    for one, picture in zip(FLOORS, pictures, strict=True):
        plan_id = await plans.add_plan(sites[one.site], one.name, picture)
        for kind, x, y in one.pins:
            await plans.pin_asset(plan_id, next(machines[one.site][kind]), x, y)


_MACHINES = """
SELECT a.id, t.code FROM assets_assets a JOIN assets_types t ON t.id = a.type_id WHERE a.site_id = $1 ORDER BY a.id
"""


def _in_turn(rows: object) -> dict[str, Iterator[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:  # type: ignore[attr-defined]
        found.setdefault(row["code"], []).append(row["id"])
    return {code: iter(ids) for code, ids in found.items()}


def _drawing(one: Floor) -> bytes:
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(FONTS / "PTSans_400Regular.ttf"), 34)
    for n, (_, walls) in enumerate(one.rooms):
        draw.rectangle(walls, fill=TINTS[n % len(TINTS)])
    for thing in one.things:
        draw.rounded_rectangle(thing, 6, fill=FURNITURE, outline="#c4cdd8", width=2)
    for _, walls in one.rooms:
        left, top, right, bottom = walls
        draw.rectangle((left - 5, top - 5, right + 5, bottom + 5), outline=WALL, width=10)
    for colour, openings in ((GLASS, one.glass), (FLOOR, one.doors)):
        for x, y, width, height in openings:
            draw.rectangle((x, y, x + width, y + height), fill=colour)
    for name, (left, _, right, bottom) in one.rooms:
        draw.text(((left + right) / 2, bottom - 22), name, fill=INK, font=font, anchor="ms")
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()
