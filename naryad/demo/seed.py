"""Fill an empty desk with «Холод-Сервис»: people, customers, machines, prices, stock, and a month of past work, all
through the rooms' own actions. A second call changes nothing.
"""

import random
from decimal import Decimal
from itertools import count, cycle

from core.assets import actions as assets
from core.checklists import actions as checklists
from core.company import actions as company
from core.contracts import actions as contracts
from core.customers import actions as customers
from core.kernel.actor import SYSTEM
from core.kernel.read import fetchval
from core.kernel.work import work
from core.people import actions as people
from core.warehouse import actions as warehouse
from naryad.demo import company as demo
from naryad.demo.history import past_month
from naryad.demo.plans import drawn, floors
from naryad.demo.rota import on_duty, rotas_and_kit
from naryad.demo.today import busy_day


async def seeded() -> bool:
    """Whether the demo's company lives here already."""
    return await fetchval("SELECT name FROM company_company WHERE id = 1") == demo.COMPANY["name"]


async def seed(seed_number: int = 7) -> None:
    """In one transaction, so that a stopped start leaves nothing half made."""
    pictures = await drawn()
    async with work(SYSTEM):
        await company.ensure()
        await people.ensure_roles()
        fields = {**demo.COMPANY, "vat_rate": Decimal(demo.COMPANY["vat_rate"])}
        await company.update(**fields)
        areas = {name: await people.add_area(name, lat, lon, radius) for name, lat, lon, radius in demo.AREAS}
        skills = {code: await people.add_skill(code, name) for code, name in demo.SKILLS.items()}
        prices = {
            code: await contracts.add_price_item(
                kind, code, name, Decimal(price), unit=unit, hourly=code in demo.HOURLY
            )
            for kind, code, name, unit, price in demo.PRICES
        }
        for code, (name, items) in demo.CHECKLISTS.items():
            await checklists.save_template(code, name, items)
        await _members(areas, prices)
        await rotas_and_kit()
        await _customers(skills)
        await floors(pictures)
        await _past(seed_number)


async def _past(seed_number: int) -> None:
    """What was done has no photographs: while it is written, none are asked for."""
    switches = ("require_before_photo", "require_after_photo")
    for name in switches:
        await company.set_rule(name, False)
    await past_month(random.Random(seed_number))
    await on_duty()
    await busy_day()
    for name in switches:
        await company.set_rule(name, True)


async def _members(areas: dict[str, int], prices: dict[str, int]) -> None:
    store = await warehouse.add_warehouse(*demo.STORE_PLACE)
    for code, quantity in demo.STORE.items():
        await warehouse.receive(store, prices[code], Decimal(quantity))
    for person in demo.PEOPLE:
        home = {"home_lat": person.home[0], "home_lon": person.home[1]} if person.home else {}
        member = await people.add_member(
            person.role, person.name, person.phone, post=person.post, hourly_rate=Decimal(person.rate), **home
        )
        if person.role != "technician":
            continue
        await people.set_skills(member, dict(person.skills))
        await people.set_areas(member, [areas[name] for name in person.areas])
        van = await warehouse.van_of(member)
        for code, quantity in demo.VAN.items():
            await warehouse.transfer(store, van, prices[code], Decimal(quantity))


async def _customers(skills: dict[str, int]) -> None:
    types = {
        code: await assets.add_type(code, kind.name, skills[kind.skill], kind.checklist)
        for code, kind in demo.ASSET_KINDS.items()
    }
    models = {code: cycle(kind.models) for code, kind in demo.ASSET_KINDS.items()}
    numbers = count(118)
    for one in demo.CUSTOMERS:
        customer = await customers.add_customer(
            one.name, legal_name=one.legal_name, inn=one.inn, address=one.address, segment=one.segment
        )
        branches = {name: await customers.add_branch(customer, name) for name in one.branches}
        for place in one.sites:
            site = await customers.add_site(
                customer,
                place.name,
                address=f"Москва, {place.address}",
                lat=place.lat,
                lon=place.lon,
                hint=place.hint,
                branch_id=branches.get(place.branch or ""),
            )
            for code in place.assets:
                kind, number = demo.ASSET_KINDS[code], next(numbers)
                asset = await assets.add_asset(
                    site,
                    types[code],
                    kind.title,
                    model=next(models[code]),
                    serial=f"E{number * 7919 % 1_000_000:06}",
                    inventory=f"00-{number}",
                    criticality=kind.criticality,
                )
                await assets.issue_tag(asset)
        for person in one.contacts:
            await customers.add_contact(
                customer, person.name, person.phone, post=person.post, branch_id=branches.get(person.branch or "")
            )


async def quick_offers(seconds: int = 180) -> None:
    """Offers of the demo end after three minutes: long enough to read, short enough to see what comes next."""
    await company.set_rule("offer_seconds", seconds)
