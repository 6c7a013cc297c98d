"""The company as everybody reads it: one row, remembered for a second at most."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.company.models import Company
from core.company.rules import RULES
from core.kernel.remembered import Remembered


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


async def _read() -> CompanyView:
    row = await Company.get_or_none(id=1)
    return CompanyView(**{name: getattr(row, name) for name in COLUMNS}) if row else CompanyView()


_company = Remembered(_read)


async def company() -> CompanyView:
    """The company. A change made by another process is seen within a second; one's own, at once."""
    return await _company.get()


def forget() -> None:
    """The row changed here: read it anew next time."""
    _company.forget()
