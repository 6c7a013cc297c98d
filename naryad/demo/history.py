"""A month of finished work, so that lists, charts and passports of the demo show something. Each order goes through
the same actions as any other, at a moment of the past: the work's own time is set back."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

from core.checklists import actions as checklists
from core.checklists.queries import checklist
from core.kernel.actor import SYSTEM
from core.kernel.read import fetch
from core.kernel.work import Work, acting, current
from core.orders import actions as orders
from core.people.queries import actor_of
from core.reports import actions as reports

DAYS = 30
PER_DAY = (1, 3)
TROUBLES = {
    "split": ("Плохо охлаждает", "Капает вода из внутреннего блока", "Шумит, вибрирует", "Не включается с пульта"),
    "chiller": ("Ошибка по давлению", "Не держит температуру воды"),
    "showcase": ("Не холодит витрина", "Намерзает лёд на испарителе", "Не горит подсветка"),
    "coldroom": ("Температура в камере растёт", "Не закрывается дверь камеры", "Стучит компрессор"),
    "icemaker": ("Мало льда", "Течёт вода под льдогенератором"),
    "coffee": ("Нет давления", "Течёт группа", "Не греет бойлер", "Кофе льётся слишком медленно"),
    "medfridge": ("Температура выше +8 °C", "Сигналит датчик двери"),
}
WORKS = {
    "hvac": ("W-DIAG", "W-CLEAN", "W-FILL", "M-R410A"),
    "fridge": ("W-DIAG", "W-SEAL", "W-THERMO", "M-SEAL"),
    "coffee": ("W-DIAG", "W-DESCALE", "W-GROUP", "M-GASKET"),
    "medical": ("W-DIAG", "W-THERMO", "M-THERMO"),
}
_MACHINES = """
SELECT a.id, a.site_id, s.customer_id, t.code, k.code AS skill,
       ARRAY(SELECT h.member_id FROM people_member_skills h
             WHERE h.skill_id = t.skill_id AND h.level >= 3 ORDER BY h.member_id) AS masters
FROM assets_assets a JOIN assets_types t ON t.id = a.type_id JOIN people_skills k ON k.id = t.skill_id
JOIN customers_sites s ON s.id = a.site_id ORDER BY a.id
"""


async def past_month(chance: random.Random) -> None:
    """One to three finished orders a day; nobody is told, for no chat is linked yet."""
    machines = await fetch(_MACHINES)
    prices = {row["code"]: row["id"] for row in await fetch("SELECT id, code FROM contracts_price_items")}
    w = current()
    present = w.now
    for day in range(DAYS, 0, -1):
        morning = (present - timedelta(days=day)).replace(hour=6, minute=0, second=0, microsecond=0)
        for _ in range(chance.randint(*PER_DAY)):
            await _order(
                w, chance, chance.choice(machines), prices, morning + timedelta(minutes=chance.randint(0, 480))
            )
    w.now = present


async def _order(
    w: Work, chance: random.Random, machine: dict[str, object], prices: dict[str, int], at: datetime
) -> None:
    w.now = at
    masters: list[int] = list(machine["masters"])  # type: ignore[call-overload]
    technician = await actor_of(f"member:{chance.choice(masters)}")
    assert technician is not None
    order_id = await orders.create(
        customer_id=machine["customer_id"],  # type: ignore[arg-type]
        site_id=machine["site_id"],  # type: ignore[arg-type]
        words=chance.choice(TROUBLES[str(machine["code"])]),
        urgency=chance.choice(("normal", "normal", "high", "low")),
        asset_ids=[machine["id"]],  # type: ignore[list-item]
        source="phone",
    )
    job_id = (await fetch("SELECT id FROM orders_jobs WHERE order_id = $1", order_id))[0]["id"]
    w.now += timedelta(minutes=chance.randint(1, 12))
    async with acting(SYSTEM):
        await orders.assign(job_id, technician.id)
    async with acting(technician):
        w.now += timedelta(minutes=chance.randint(5, 30))
        await orders.travel(job_id)
        w.now += timedelta(minutes=chance.randint(12, 50))
        await orders.arrive(job_id, "geofence", float(chance.randint(5, 90)))
        for code in chance.sample(WORKS[str(machine["skill"])], 2):
            await reports.set_line(job_id, prices[code], Decimal(1))
        await answer_checklist(job_id, chance)
        w.now += timedelta(minutes=chance.randint(20, 90))
    async with acting(SYSTEM):
        await orders.finish(job_id, "done")
        await orders.close(order_id)


async def answer_checklist(job_id: int, chance: random.Random | None = None) -> None:
    """The checklist, all within the norm."""
    chance = chance or random.Random(job_id)
    listed = await checklist(job_id)
    for item in listed["items"] if listed else ():
        value: object
        match item["type"]:
            case "yesno":
                value = True
            case "number":
                value = round(chance.uniform(item["min"] + 0.5, item["max"] - 0.5), 1)
            case "choice":
                value = item["choices"][0]["code"]
            case _:
                continue
        await checklists.answer(job_id, item["code"], value)
