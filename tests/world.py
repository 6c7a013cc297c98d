"""The people every test knows: «Холод-Сервис» looks after the cold of two customers in Moscow.

Anna runs the desk, Dmitry dispatches; Pyotr, Rashid and Svetlana drive. «Азбука» is a chain with a branch in the
centre and one in the south, «Пекарня» a bakery with one shop. Olga speaks for all of Азбука, Ivan for its centre
only, Marat for the bakery. Everybody has a chat: user and chat ids are in `World`.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from core.assets import actions as assets
from core.checklists import actions as checklists
from core.company import actions as company
from core.contracts import actions as contracts
from core.customers import actions as customers
from core.kernel.actor import Actor, contact, member
from core.kernel.work import work
from core.people import actions as people
from core.people.queries import actor_of
from core.schedule import actions as schedule
from core.warehouse import actions as warehouse

CENTRE, SOUTH = (55.7558, 37.6173), (55.6200, 37.6600)
BOTS = {"admin": "dispatcher", "dispatcher": "dispatcher", "technician": "technician"}


@dataclass(frozen=True)
class World:
    """Ids. A person's Telegram user and chat id is `tg(party)`."""

    admin: int
    dispatcher: int
    pyotr: int
    rashid: int
    svetlana: int
    centre_area: int
    south_area: int
    azbuka: int
    bakery: int
    centre_branch: int
    south_branch: int
    arbat: int
    tverskaya: int
    kashirka: int
    shop: int
    olga: int
    ivan: int
    marat: int
    fridge: int
    freezer: int
    air: int
    oven: int
    fridge_tag: str
    oven_tag: str
    diagnostics: int
    refill: int
    freon: int
    relay: int
    store: int
    van: int
    template: int

    @staticmethod
    def tg(party: str) -> int:
        """The Telegram user id, and the private chat's, of `member:1` or `contact:2`."""
        kind, _, number = party.partition(":")
        return {"member": 1_000, "contact": 2_000}[kind] + int(number)

    async def actor(self, party: str) -> Actor:
        """Who `member(world.pyotr)` or `contact(world.olga)` is, with permissions and sites."""
        found = await actor_of(party)
        assert found is not None
        return found


async def build_world() -> World:
    """Fill an empty desk, as its pages and its bots would: the company moves in, its technicians go on duty."""
    world = await move_in()
    await go_on_duty(world)
    return world


async def go_on_duty(world: World) -> None:
    """The three technicians' shifts: since an hour ago, for eight hours more."""
    async with work() as w:
        for one in (world.pyotr, world.rashid, world.svetlana):
            await schedule.plan_shift(one, w.now - timedelta(hours=1), w.now + timedelta(hours=8))


async def move_in() -> World:
    """All but what depends on the hour, in one work of the desk itself."""
    async with work():
        await company.update(name="Холод-Сервис", legal_name="ООО «Холод-Сервис»", inn="7701234567", kpp="770101001")
        staff = await _staff()
        served = await _served()
        things = await _things(served)
        goods = await _goods(staff["pyotr"])
        await _chats(staff, served)
        return World(**staff, **served, **things, **goods, template=await _checklist())


async def _staff() -> dict[str, int]:
    for code, name in (("cold", ("Холод", "Refrigeration")), ("heat", ("Тепло", "Heating"))):
        await people.add_skill(code, {"ru": name[0], "en": name[1]})
    ids = {
        "centre_area": await people.add_area("Центр", *CENTRE, 8),
        "south_area": await people.add_area("Юг", *SOUTH, 10),
        "admin": await people.add_member("admin", "Анна Серова", "+79160000001"),
        "dispatcher": await people.add_member("dispatcher", "Дмитрий Орлов", "+79160000002"),
    }
    cards = (
        ("pyotr", "Пётр Ким", "+79160000003", {"cold": 4}, "centre_area", (55.7600, 37.6000)),
        ("rashid", "Рашид Алиев", "+79160000004", {"cold": 3, "heat": 5}, "south_area", (55.6300, 37.6500)),
        ("svetlana", "Светлана Юрьева", "+79160000005", {"heat": 2}, "centre_area", (55.7900, 37.5600)),
    )
    for key, name, phone, skills, area, home in cards:
        ids[key] = await people.add_member("technician", name, phone, home_lat=home[0], home_lon=home[1])
        await people.set_skills(ids[key], skills)
        await people.set_areas(ids[key], [ids[area]])
    return ids


async def _served() -> dict[str, int]:
    azbuka = await customers.add_customer("Азбука", legal_name="ООО «Азбука»", inn="7702345678", kpp="770201001")
    bakery = await customers.add_customer("Пекарня", legal_name="ИП Галеев", inn="770312345678")
    centre = await customers.add_branch(azbuka, "Центр")
    south = await customers.add_branch(azbuka, "Юг")
    return {
        "azbuka": azbuka,
        "bakery": bakery,
        "centre_branch": centre,
        "south_branch": south,
        "arbat": await customers.add_site(
            azbuka,
            "Арбат",
            address="Арбат, 10",
            hint="вход со двора, код 45К",
            lat=55.7522,
            lon=37.5970,
            branch_id=centre,
        ),
        "tverskaya": await customers.add_site(
            azbuka, "Тверская", address="Тверская, 8", lat=55.7610, lon=37.6090, branch_id=centre
        ),
        "kashirka": await customers.add_site(
            azbuka, "Каширка", address="Каширское шоссе, 61", lat=55.6210, lon=37.7120, branch_id=south
        ),
        "shop": await customers.add_site(
            bakery, "Пекарня на Пятницкой", address="Пятницкая, 20", lat=55.7420, lon=37.6280
        ),
        "olga": await customers.add_contact(azbuka, "Ольга Белова", "+79161000001", post="управляющая"),
        "ivan": await customers.add_contact(azbuka, "Иван Лис", "+79161000002", branch_id=centre),
        "marat": await customers.add_contact(bakery, "Марат Галеев", "+79161000003", locale="en"),
    }


async def _things(served: dict[str, int]) -> dict[str, int | str]:
    from core.people.queries import skills

    ids = {skill.code: skill.id for skill in await skills()}
    cold = await assets.add_type("fridge", {"ru": "Витрина", "en": "Display fridge"}, ids["cold"], "cold")
    heat = await assets.add_type("oven", {"ru": "Печь", "en": "Oven"}, ids["heat"])
    fridge = await assets.add_asset(
        served["arbat"], cold, "Витрина молочная", model="Ариада ВС3", serial="A-771", place="зал", criticality=3
    )
    oven = await assets.add_asset(served["shop"], heat, "Печь подовая", model="Miwe", criticality=3)
    return {
        "fridge": fridge,
        "freezer": await assets.add_asset(served["arbat"], cold, "Морозильник", inventory="М-12", criticality=2),
        "air": await assets.add_asset(served["kashirka"], cold, "Кондиционер", place="касса", criticality=1),
        "oven": oven,
        "fridge_tag": await assets.issue_tag(fridge),
        "oven_tag": await assets.issue_tag(oven),
    }


async def _goods(pyotr: int) -> dict[str, int]:
    ids = {
        "diagnostics": await contracts.add_price_item("work", "W1", "Диагностика", Decimal("1500"), "усл."),
        "refill": await contracts.add_price_item("work", "W2", "Заправка фреоном", Decimal("3200.50"), "усл."),
        "freon": await contracts.add_price_item("material", "M1", "Фреон R404A", Decimal("1890"), "кг"),
        "relay": await contracts.add_price_item("material", "M2", "Реле пусковое", Decimal("740"), "шт."),
        "store": await warehouse.add_warehouse("Склад"),
    }
    ids["van"] = await warehouse.van_of(pyotr)
    await warehouse.receive(ids["store"], ids["freon"], Decimal("40"))
    await warehouse.receive(ids["store"], ids["relay"], Decimal("10"))
    await warehouse.transfer(ids["store"], ids["van"], ids["freon"], Decimal("5"))
    await warehouse.transfer(ids["store"], ids["van"], ids["relay"], Decimal("2"))
    return ids


async def _checklist() -> int:
    yes = {
        "code": "clean",
        "type": "yesno",
        "required": True,
        "text": {"ru": "Конденсатор чист?", "en": "Is it clean?"},
    }
    cold = {
        "code": "temp",
        "type": "number",
        "required": True,
        "min": -25,
        "max": 5,
        "unit": "°C",
        "text": {"ru": "Температура", "en": "Temperature"},
    }
    plate = {"code": "plate", "type": "photo", "text": {"ru": "Шильдик", "en": "Name plate"}}
    return await checklists.save_template("cold", {"ru": "Холод", "en": "Refrigeration"}, [yes, cold, plate])


async def _chats(staff: dict[str, int], served: dict[str, int]) -> None:
    for name in ("admin", "dispatcher", "pyotr", "rashid", "svetlana"):
        party = member(staff[name])
        bot = BOTS.get(name, "technician")
        await people.link(bot, World.tg(party), World.tg(party), party, "ru", "Europe/Moscow")
    for name in ("olga", "ivan", "marat"):
        party = contact(served[name])
        locale = "en" if name == "marat" else "ru"
        await people.link("customer", World.tg(party), World.tg(party), party, locale, "Europe/Moscow")
