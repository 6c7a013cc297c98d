"""What is going on as the demo opens: a handful of orders under way, none of them with the technicians whom the story
needs. They go through the same actions as any other, at moments of the last hours."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from core.dispatch import settle
from core.kernel.actor import SYSTEM
from core.kernel.read import fetch, fetchval
from core.kernel.work import acting, current
from core.orders import actions as orders
from core.people.queries import actor_of
from core.reports import actions as reports
from naryad.demo.history import answer_checklist

STEPS = ("assigned", "travelling", "on_site", "done")


@dataclass(frozen=True, slots=True)
class Live:
    """An order that stands at `until`; its last step was `ago` minutes before now. `part` is the code of what it asks
    for and no van has."""

    technician: str
    site: str
    kind: str
    words: str
    urgency: str
    until: str
    ago: int
    part: str = ""


LIVE = (
    Live("Илья Носов", "Кофейня на Пятницкой", "coffee", "Течёт группа, под машиной лужа", "high", "done", 40),
    Live("Денис Орлов", "Склад Очаково", "coldroom", "Температура в камере растёт, уже +6", "urgent", "on_site", 35),
    Live("Наталья Белова", "Склад Южный", "coldroom", "Не закрывается дверь камеры", "high", "travelling", 12),
    Live("Андрей Ким", "ТЦ «Меридиан»", "chiller", "Ошибка по давлению на втором контуре", "high", "travelling", 6),
    Live("Сергей Волков", "Аптека № 44", "medfridge", "Сигналит датчик двери", "normal", "assigned", 20),
    Live(
        "Марат Гареев",
        "Колос на Бутырской",
        "split",
        "Капает вода из внутреннего блока",
        "normal",
        "assigned",
        9,
        "M-PUMP",
    ),
)
_MACHINE = """
SELECT a.id, a.site_id, s.customer_id FROM assets_assets a JOIN assets_types t ON t.id = a.type_id
JOIN customers_sites s ON s.id = a.site_id WHERE s.name = $1 AND t.code = $2 ORDER BY a.id LIMIT 1
"""


async def busy_day() -> None:
    """In the running work, before anybody's chat is linked: nobody is told of these."""
    w = current()
    present = w.now
    for one in LIVE:
        w.now = present - timedelta(minutes=one.ago + 25 * (STEPS.index(one.until) + 1))
        await _order(one)
    w.now = present


async def _order(one: Live) -> None:
    w = current()
    machine = (await fetch(_MACHINE, one.site, one.kind))[0]
    order_id = await orders.create(
        customer_id=machine["customer_id"],
        site_id=machine["site_id"],
        words=one.words,
        urgency=one.urgency,
        asset_ids=[machine["id"]],
        source="phone",
    )
    job_id = await fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", order_id)
    if one.part:
        await settle.add_demand("order", str(order_id), "part", one.part)
    member_id = await fetchval("SELECT id FROM people_members WHERE name = $1", one.technician)
    technician = await actor_of(f"member:{member_id}")
    assert technician is not None
    assert job_id is not None
    for step in STEPS[: STEPS.index(one.until) + 1]:
        w.now += timedelta(minutes=25)
        async with acting(SYSTEM if step in ("assigned", "done") else technician):
            match step:
                case "assigned":
                    await orders.assign(job_id, technician.id)
                case "travelling":
                    await orders.travel(job_id)
                case "on_site":
                    await orders.arrive(job_id, "geofence", 24.0)
                case "done":
                    await _report(job_id)
                    await orders.finish(job_id, "done")


async def _report(job_id: int) -> None:
    rows = await fetch("SELECT id FROM contracts_price_items WHERE code = ANY($1::text[])", ["W-GROUP", "M-GASKET"])
    for row in rows:
        await reports.set_line(job_id, row["id"], Decimal(1))
    await answer_checklist(job_id)
