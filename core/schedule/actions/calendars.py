"""Keep the business calendars."""

from typing import Any

from core.kernel.errors import Refusal
from core.kernel.words import LOCALES
from core.kernel.work import current
from core.schedule.calendars import checked
from core.schedule.models import WorkCalendar


async def save_calendar(code: str, name: dict[str, str], data: dict[str, Any]) -> int:
    """A new version of a calendar, for what is promised from now on; its id. `schedule.bad_calendar` with `field`."""
    w = current()
    w.actor.require("company.edit")
    checked(data)
    if not 0 < len(code) <= 32:
        raise Refusal("schedule.bad_calendar", field="code")
    if not all(name.get(locale, "").strip() for locale in LOCALES):
        raise Refusal("schedule.bad_calendar", field="name")
    row = await WorkCalendar.create(code=code, name=name, data=data, created_at=w.now)
    return int(row.id)
