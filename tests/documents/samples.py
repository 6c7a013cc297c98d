"""One good act, to be bent by each test, and a way to look at what was printed."""

import datetime as dt
import io
import math
import re
from decimal import Decimal
from functools import cache
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfReader

from core.documents.facts import ActAsset, ActFacts, ActLine, ActSignature, Kind, Party
from core.kernel.money import Money

WORKS: list[tuple[Kind, str, str, str, str]] = [
    ("work", "Диагностика сплит-системы Daikin FTXB35C с замером давления", "усл.", "1", "1500"),
    ("material", "Фреон R-410A", "кг", "0.65", "4200"),
    ("work", "Чистка теплообменника внутреннего блока", "шт.", "2", "2350.50"),
    ("material", "Помпа дренажная Mini Orange «Aspen»", "шт.", "1", "9870"),
    ("material", "Трасса медная 1/4″ – 3/8″ с изоляцией", "м", "4.5", "1180"),
    ("material", "Кабель ВВГнг-LS 3×1,5", "м", "6", "95.40"),
    ("work", "Выезд мастера (зона 2, до 30 км)", "усл.", "1", "900"),
]


def line(kind: Kind, name: str, unit: str = "шт.", quantity: str = "1", price: str = "100") -> ActLine:
    return ActLine(kind=kind, name=name, unit=unit, quantity=Decimal(quantity), price=Money(Decimal(price)))


@cache
def stroke() -> bytes:
    """A signature as a canvas gives it: dark on nothing, with wide margins."""
    image = Image.new("RGBA", (1200, 500), (0, 0, 0, 0))
    points = [(250 + x, 250 + 90 * math.sin(x / 37) * math.cos(x / 160) - x / 9) for x in range(0, 640, 4)]
    ImageDraw.Draw(image).line(points, fill=(10, 20, 90, 255), width=7, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def signature(**changes: Any) -> ActSignature:
    at = dt.datetime(2026, 11, 21, 11, 32, tzinfo=dt.UTC)
    given = {"how": "screen", "name": "Ёлкина А. В.", "post": "администратор", "at": at, "image": stroke()}
    return ActSignature(**given | changes)


def act(**changes: Any) -> ActFacts:
    executor = Party(
        name="ООО «Холод-Сервис»",
        inn="7701234567",
        kpp="770101001",
        address="125009, г. Москва, ул. Тверская, д. 1, оф. 5",
        bank="р/с 40702810900000012345 в АО «Банк», БИК 044525999, к/с 30101810100000000999",
        phone="+74951234567",
    )
    customer = Party(
        name="ООО «Кофейня на Лесной»",
        inn="7709876543",
        kpp="770901001",
        address="127055, г. Москва, ул. Лесная, д. 7",
    )
    facts = {
        "number": "А-000417",
        "date": dt.date(2026, 11, 21),
        "order_number": "1042",
        "executor": executor,
        "customer": customer,
        "site": "Кофейня, ул. Лесная, д. 7, 1 этаж, код домофона 45К",
        "assets": (
            ActAsset(name="Сплит-система Daikin FTXB35C", serial="E012345", inventory="00-118"),
            ActAsset(name="Витрина холодильная Carboma", inventory="00-204"),
        ),
        "lines": tuple(line(*each) for each in WORKS),
        "vat_rate": Decimal(22),
        "note": "Рекомендована повторная чистка через 6 месяцев.",
        "technician": "Иванов Пётр Сергеевич",
        "signature": signature(),
        "zone": "Europe/Moscow",
        "proof_url": "https://desk.example.ru/act/1a7Bk-Zm9vYmFyYmF6",
    }
    return ActFacts(**facts | changes)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, white space made single."""
    return [squeeze(page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def solid(text: str) -> str:
    """Without white space, for words that were broken over lines."""
    return re.sub(r"[\s\u200b]+", "", text)
