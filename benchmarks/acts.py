"""How many signed acts of 14 lines one core prints in a second.

The limit is counted in CPU seconds of this process, all its threads, so that other work on the machine does not matter;
what the clock says is told beside it. Every act differs from
the one before in all its names, numbers and sums, and its signature is a picture of its own: Typst's cache cannot
help. The first few acts, which load the fonts, are not counted.
"""

import datetime as dt
import io
import math
import statistics
import time
from decimal import Decimal
from typing import Any

from PIL import Image, ImageDraw

from core.documents.facts import ActAsset, ActFacts, ActLine, ActSignature, Party
from core.documents.render import render_act
from core.kernel.money import Money

RUNS = 5
ACTS = 20
LINES = 14
LIMIT = 15


def run() -> list[dict[str, Any]]:
    """The median of ``RUNS`` rates."""
    for number in range(3):
        render_act(_facts(number), "ru")
    rates = [_rates(1000 * (turn + 1)) for turn in range(RUNS)]
    value, clock = (statistics.median(column) for column in zip(*rates, strict=True))
    return [
        {"name": "acts per second on one core", "value": value, "unit": "1/s", "limit": LIMIT, "holds": value >= LIMIT},
        {"name": "acts per second by the clock", "value": clock, "unit": "1/s", "limit": None, "holds": None},
    ]


def _rates(first: int) -> tuple[float, float]:
    """Acts in a second of CPU, and in a second of the clock."""
    acts = [_facts(first + number) for number in range(ACTS)]
    start, clock = time.process_time(), time.monotonic()
    for facts in acts:
        render_act(facts, "ru")
    return ACTS / (time.process_time() - start), ACTS / (time.monotonic() - clock)


def _facts(number: int) -> ActFacts:
    signed = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC) + dt.timedelta(seconds=number)
    lines = tuple(
        ActLine(
            kind="work" if line % 3 else "material",
            name=f"Замена узла {number + line} холодильной установки с проверкой давления и пусконаладкой",
            unit="шт.",
            quantity=Decimal(number % 7 + line + 1) / 4,
            price=Money(Decimal(100 * line + number) / 3),
        )
        for line in range(LINES)
    )
    return ActFacts(
        number=f"А-{number:06}",
        date=signed.date(),
        order_number=str(number),
        executor=Party(name="ООО «Холод-Сервис»", inn="7701234567", kpp="770101001", address="Москва, ул. Тверская, 1"),
        customer=Party(name=f"ООО «Кофейня {number}»", inn="7709876543", address=f"Москва, ул. Лесная, {number}"),
        site=f"Кофейня на Лесной, {number}, 1 этаж",
        assets=(ActAsset(name="Сплит-система Daikin FTXB35C", serial=f"E{number}", inventory=f"00-{number}"),),
        lines=lines,
        vat_rate=Decimal(22),
        note=f"Рекомендована повторная чистка. Замечаний {number}.",
        technician=f"Иванов Пётр {number}",
        signature=ActSignature(how="screen", name=f"Ёлкина А. В. {number}", at=signed, image=_stroke(number)),
        zone="Europe/Moscow",
        proof_url=f"https://desk.example.ru/act/{number}-Zm9vYmFyYmF6",
    )


def _stroke(number: int) -> bytes:
    image = Image.new("RGBA", (800, 320), (0, 0, 0, 0))
    points = [(80 + x, 160 + 90 * math.sin(x / (20 + number % 17))) for x in range(0, 600, 4)]
    ImageDraw.Draw(image).line(points, fill=(10, 20, 90, 255), width=6)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


if __name__ == "__main__":
    for row in run():
        print(row)  # noqa: T201
