"""What people type into forms, read strictly: every reader refuses with the field's name, so that the page can say it
beside the field. The pages' script shows a refusal there and leaves what was typed as it is.
"""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from aiohttp import web

from core.kernel.errors import Refusal
from core.kernel.money import Money
from core.kernel.words import LOCALES

LARGEST_ID = 2_147_483_647

FIELDS = {
    "people.bad_phone": "phone",
    "people.no_name": "name",
    "people.bad_code": "code",
    "people.bad_zone": "zone",
    "people.unknown_role": "role",
    "people.last_admin": "role",
    "people.bad_area": "radius",
    "customers.no_name": "name",
    "customers.bad_place": "lat",
    "assets.no_name": "name",
    "assets.bad_criticality": "criticality",
    "assets.no_plan_name": "name",
    "assets.long_plan_name": "name",
    "assets.plan_taken": "name",
    "contracts.bad_price": "price",
    "contracts.no_number": "number",
    "contracts.bad_dates": "ends_on",
    "contracts.code_taken": "code",
    "contracts.bad_item": "name",
    "contracts.not_labour": "hourly",
    "orders.empty": "words",
    "orders.bad_asset": "site",
    "orders.bad_site": "site",
    "money.unreadable": "price",
    "money.too_large": "price",
    "warehouse.no_name": "name",
    "warehouse.bad_quantity": "quantity",
    "warehouse.not_enough": "quantity",
    "warehouse.not_goods": "item",
    "warehouse.same_place": "target",
    "schedule.bad_times": "starts",
    "schedule.overlap": "starts",
    "schedule.bad_duty": "ends",
    "schedule.duty_overlap": "since",
    "schedule.duty_absent": "since",
    "schedule.absence_past": "first_day",
    "schedule.absence_overlap": "first_day",
    "schedule.bad_period": "last_day",
    "schedule.long_absence": "last_day",
    "schedule.rota_overlap": "since",
    "schedule.unknown_country": "country",
}
"""At which field a room's refusal is shown."""


def field_of(refusal: Refusal) -> str | None:
    """The field that a refusal is about, if one is."""
    named = refusal.data.get("field")
    if named is None and refusal.code in ("company.bad_field", "company.bad_rule"):
        named = refusal.data.get("name")
    return str(named) if named else FIELDS.get(refusal.code)


class Typed:
    """The fields of one form. Files are not read here. Refusals: `form.*` with `field`."""

    def __init__(self, fields: Collection[tuple[str, Any]]) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            if isinstance(value, str):
                self._fields.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field, in the page's order, without control characters."""
        return ["".join(filter(str.isprintable, value)) for value in self._fields.get(name, [])]

    def text(self, name: str, limit: int = 200, *, required: bool = False) -> str:
        """One line without control characters."""
        raw = self._fields.get(name, [""])[0]
        value = " ".join("".join(c if c.isprintable() else " " for c in raw).split())
        if len(value) > limit:
            raise Refusal("form.too_long", field=name, limit=limit)
        if required and not value:
            raise Refusal("form.required", field=name)
        return value

    def prose(self, name: str, limit: int) -> str:
        """Several lines, without other control characters."""
        raw = self._fields.get(name, [""])[0].replace("\r\n", "\n")
        value = "".join(c for c in raw if c.isprintable() or c in "\n\u200d").strip()
        if len(value) > limit:
            raise Refusal("form.too_long", field=name, limit=limit)
        return value

    def both(self, name: str, limit: int = 200) -> dict[str, str]:
        """A name in every language (`name.ru`, `name.en`); one that was left empty is taken from the other."""
        found = {locale: self.text(f"{name}.{locale}", limit) for locale in LOCALES}
        given = next((text for text in found.values() if text), "")
        if not given:
            raise Refusal("form.required", field=f"{name}.{LOCALES[0]}")
        return {locale: text or given for locale, text in found.items()}

    def choice(self, name: str, allowed: Collection[str]) -> str:
        value = self._fields.get(name, [""])[0]
        if value not in allowed:
            raise Refusal("form.choose", field=name)
        return value

    def flag(self, name: str) -> bool:
        """A tick."""
        return bool(self._fields.get(name, [""])[0])

    def whole(self, name: str, low: int, high: int) -> int:
        text = self.text(name, 20, required=True).replace(" ", "").replace("\u00a0", "")
        if not (re.fullmatch(r"-?[0-9]+", text) and low <= int(text) <= high):
            raise Refusal("form.number", field=name, low=low, high=high)
        return int(text)

    def decimal(self, name: str, low: Decimal | float, high: Decimal | float) -> Decimal | None:
        """A number as people type it («-18,5»); None when the field is empty."""
        text = self.text(name, 30).replace(" ", "").replace("\u00a0", "").replace(",", ".").replace("−", "-")
        if not text:
            return None
        try:
            value = Decimal(text) if text.isascii() else Decimal("NaN")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not low <= value <= high:
            raise Refusal("form.number", field=name, low=low, high=high)
        return value

    def money(self, name: str, high: str = "9999999.99") -> Decimal:
        """Roubles, not below zero; an empty field is zero."""
        text = self.text(name, 40)
        try:
            value = Money.parse(text).amount if text else Decimal(0)
        except Refusal as refusal:
            raise Refusal("form.money", field=name) from refusal
        if not 0 <= value <= Decimal(high):
            raise Refusal("form.money", field=name)
        return value

    def place(self) -> tuple[float | None, float | None]:
        """The pin of a map: fields `lat` and `lon`, both or none."""
        lat, lon = self.decimal("lat", -90, 90), self.decimal("lon", -180, 180)
        if (lat is None) != (lon is None):
            raise Refusal("form.place", field="lat")
        return (None, None) if lat is None or lon is None else (float(lat), float(lon))

    def row(self, name: str, *, required: bool = False) -> int | None:
        """The id that a list offered; None when nothing was chosen."""
        text = self._fields.get(name, [""])[0]
        if not text and not required:
            return None
        return self._id(name, text)

    def needed(self, name: str) -> int:
        """The id that a list offered; it must be chosen."""
        return self._id(name, self._fields.get(name, [""])[0])

    def rows(self, name: str) -> list[int]:
        return [self._id(name, text) for text in self._fields.get(name, [])]

    def day(self, name: str) -> date:
        """A day of the calendar, of these hundred years; it must be chosen."""
        try:
            found = date.fromisoformat(self._fields.get(name, [""])[0])
        except ValueError as error:
            raise Refusal("form.day", field=name) from error
        if not 2000 <= found.year <= 2100:
            raise Refusal("form.day", field=name)
        return found

    def clock(self, name: str, day: date, zone: tzinfo) -> datetime:
        """A time of day («09:00») on that day of the company's calendar, in UTC."""
        try:
            at = time.fromisoformat(self._fields.get(name, [""])[0])
        except ValueError as error:
            raise Refusal("form.clock", field=name) from error
        return datetime.combine(day, at.replace(tzinfo=None), zone).astimezone(UTC)

    @staticmethod
    def _id(name: str, text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 10 and 0 < int(text) <= LARGEST_ID):
            raise Refusal("form.choose", field=name)
        return int(text)


async def typed(request: web.Request) -> Typed:
    """The form that was sent."""
    return Typed(list((await request.post()).items()))


def row_of(request: web.Request, name: str = "id") -> int:
    """A row's number from the address; whatever else it is, there is no such page."""
    text = request.match_info.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= LARGEST_ID):
        raise web.HTTPNotFound
    return int(text)


def asked(request: web.Request, name: str = "q", limit: int = 100) -> str:
    """A word from the address line, such as a search, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in request.query.get(name, "")).split())[:limit]


def code_for(name: str, taken: Collection[str], prefix: str) -> str:
    """A code that nobody has to think up: the Latin words of a name, else `prefix` and a number; never one of
    `taken`."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in name.lower()).split()
    base = "_".join(words)[:24].strip("_")
    if not base or not base[0].isalpha():
        base = prefix
    elif base not in taken:
        return base
    return next(code for n in range(1, len(taken) + 2) if (code := f"{base}{n}") not in taken)
