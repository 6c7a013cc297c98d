"""The day's company in an empty desk, written by the rooms' own actions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.assets import actions as assets
from core.company import actions as company
from core.contracts import actions as contracts
from core.customers import actions as customers
from core.kernel.work import work
from core.people import actions as people
from core.schedule import actions as schedule
from naryad.simulation.day import SKILLS, Day

GUARDS_OFF = ("require_before_photo", "require_after_photo", "require_signature")


@dataclass(frozen=True, slots=True)
class Town:
    """Ids in the desk, by the day's numbers. `sites[n]` and `assets[n]` are those of request n;
    `visit` is the one work in the price list."""

    customer: int
    members: tuple[int, ...]
    sites: dict[int, int]
    assets: dict[int, int]
    dispatcher: int
    visit: int


async def build(day: Day, midnight: datetime) -> Town:
    """Nobody has a chat, so nothing is sent; photos and signatures are not asked for, for nobody is there to give
    them."""
    async with work():
        await company.ensure()
        await people.ensure_roles()
        for rule in GUARDS_OFF:
            await company.set_rule(rule, False)
        types = {}
        for skill in SKILLS:
            called = {"ru": skill, "en": skill}
            types[skill] = await assets.add_type(skill, called, await people.add_skill(skill, called))
        dispatcher = await people.add_member("dispatcher", "Диспетчер")
        customer = await customers.add_customer("Сеть")
        visit = await contracts.add_price_item("work", "VISIT", "Выезд", Decimal(2000), "усл.")
    members = []
    for worker in day.workers:
        async with work():
            lat, lon = worker.home
            member = await people.add_member("technician", f"Мастер {worker.number + 1}", home_lat=lat, home_lon=lon)
            await people.set_skills(member, dict.fromkeys(worker.skills, 3))
            begins, ends = (midnight + timedelta(seconds=second) for second in (worker.begins, worker.ends))
            await schedule.plan_shift(member, begins, ends)
            members.append(member)
    sites, machines = {}, {}
    for request in day.requests:
        async with work():
            lat, lon = request.place
            name = f"Точка {request.number + 1}"
            site = sites[request.number] = await customers.add_site(customer, name, address=name, lat=lat, lon=lon)
            machines[request.number] = await assets.add_asset(site, types[request.skill], name)
    return Town(customer, tuple(members), sites, machines, dispatcher, visit)
