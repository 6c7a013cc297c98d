"""Set up the company: its card, its switches, its clock."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.company import queries
from core.company.models import Company
from core.company.rules import checked
from core.events import CompanyMoved
from core.kernel.clock import clock
from core.kernel.errors import Refusal
from core.kernel.words import LOCALES
from core.kernel.work import current, emit

EDITABLE = frozenset(queries.COLUMNS) - {"rules", "clock_offset", "revision"}


async def ensure() -> None:
    """Make the company's row if there is none; safe to call at every start."""
    await current().execute(
        "INSERT INTO company_company (id, name, legal_name, inn, kpp, address, bank, phone, email, zone, locale,"
        " colour, rules, clock_offset, revision) VALUES (1, '', '', '', '', '', '', '', '', 'Europe/Moscow', 'ru',"
        " '#1f6feb', '{}', 0, 0) ON CONFLICT (id) DO NOTHING"
    )
    _changed()


async def update(**values: Any) -> None:
    """Change the card. Refusals: `company.unknown_field`, `company.bad_field` (`name` says which)."""
    current().actor.require("company.edit")
    for name, value in values.items():
        _check(name, value)
    row = await _locked()
    before = row.zone
    row.update_from_dict({name: v.strip() if isinstance(v, str) else v for name, v in values.items()})
    await _save(row)
    if row.zone != before:
        await emit(CompanyMoved(before, row.zone))


async def set_rule(name: str, value: Any) -> None:
    """Turn a switch. Refusals: `company.unknown_rule`, `company.bad_rule`."""
    current().actor.require("company.edit")
    value = checked(name, value)
    row = await _locked()
    row.rules = {**row.rules, name: value}
    await _save(row)


async def set_clock_offset(seconds: float) -> None:
    """Move the desk's clock: only the demo's simulator does. Forward only, `company.clock_back` otherwise."""
    w = current()
    w.actor.require("company.edit")
    row = await _locked()
    if seconds < row.clock_offset:
        raise Refusal("company.clock_back")
    row.clock_offset = seconds
    await _save(row)
    w.on_commit(lambda: setattr(clock, "offset", seconds))


async def load_clock() -> None:
    """Take the stored offset into this process's clock: at start, and when another process may have moved it."""
    clock.offset = (await queries.company()).clock_offset


async def _locked() -> Company:
    await ensure()
    return await Company.select_for_update().get(id=1)


async def _save(row: Company) -> None:
    row.revision += 1
    await row.save()
    _changed()


def _changed() -> None:
    queries.forget()
    current().on_commit(queries.forget)


def _check(name: str, value: Any) -> None:
    if name not in EDITABLE:
        raise Refusal("company.unknown_field", name=name)
    if not _good(name, value):
        raise Refusal("company.bad_field", name=name)


def _good(name: str, value: Any) -> bool:
    if name == "vat_rate":
        return value is None or (isinstance(value, Decimal) and 0 <= value <= 100)
    if not isinstance(value, str):
        return False
    text = value.strip()
    limit = Company._meta.fields_map[name].max_length  # type: ignore[attr-defined]
    if len(text) > limit or (name == "name" and not text):
        return False
    if name == "zone":
        return _is_zone(text)
    if name == "locale":
        return text in LOCALES
    if name == "colour":
        return len(text) == 7 and text[0] == "#" and all(c in "0123456789abcdefABCDEF" for c in text[1:])
    if name in ("inn", "kpp"):
        return not text or (text.isascii() and text.isdigit() and len(text) in ((10, 12) if name == "inn" else (9,)))
    return True


def _is_zone(text: str) -> bool:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return False
    return bool(text)
