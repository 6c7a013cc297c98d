"""The company as everybody reads it: one row, remembered for a second at most."""

import time
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from core.company.models import Company
from core.company.rules import RULES
from core.kernel.database import desk_client

FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class CompanyView:
    """The row, with `rule(name)` answering what the company set or else the default."""

    name: str = ""
    legal_name: str = ""
    inn: str = ""
    kpp: str = ""
    address: str = ""
    bank: str = ""
    phone: str = ""
    email: str = ""
    zone: str = "Europe/Moscow"
    locale: str = "ru"
    colour: str = "#1f6feb"
    vat_rate: Decimal | None = None
    rules: dict[str, Any] | None = None
    clock_offset: float = 0
    revision: int = 0

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def rule(self, name: str) -> Any:
        """KeyError for a rule that `company/rules.py` does not know: a mistake of ours."""
        default = RULES[name]
        return (self.rules or {}).get(name, default)


COLUMNS = tuple(field.name for field in fields(CompanyView))
_remembered: WeakKeyDictionary[Any, tuple[float, CompanyView]] = WeakKeyDictionary()


async def company() -> CompanyView:
    """The company. A change made by another process is seen within a second; one's own, at once."""
    place = desk_client()
    known = _remembered.get(place)
    if known and time.monotonic() - known[0] < FRESH_SECONDS:
        return known[1]
    row = await Company.get_or_none(id=1)
    view = CompanyView(**{name: getattr(row, name) for name in COLUMNS}) if row else CompanyView()
    _remembered[place] = (time.monotonic(), view)
    return view


def forget() -> None:
    """The row changed here: read it anew next time."""
    _remembered.pop(desk_client(), None)
