"""Far from Moscow, every chat keeps the company's time."""

from zoneinfo import ZoneInfo

import core.reactions  # noqa: F401
from bot.customer.app import routes
from bot.turn import Sender
from core.chats import actions as chats
from core.company import actions as company
from core.kernel.actor import contact, member
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.people import actions as people
from tests.bot.play import Phone
from tests.world import World

FAR = "Asia/Vladivostok"
ADDRESS_ZONES = "SELECT DISTINCT zone FROM outbox_addresses"


async def zones() -> list[str]:
    return sorted(row["zone"] for row in await fetch(ADDRESS_ZONES))


async def test_who_comes_to_a_company_far_away_keeps_its_time(world: World) -> None:
    async with work() as w:
        await company.update(zone=FAR)
        await w.execute("DELETE FROM outbox_addresses")
        nina = await people.add_member("technician", "Нина")
        code = await people.issue_admin_code()
        invite = await people.issue_invite("member", member(nina))
        await people.redeem("dispatcher", code, Sender(71, "Олег"), 71)
        await people.redeem("technician", invite, Sender(72, "Нина"), 72)
        await people.link("customer", 73, 73, contact(world.marat), "ru")
        await chats.bind_group(-100, "Диспетчерская", True)
    assert await zones() == [FAR]
    assert await fetchval("SELECT count(*) FROM outbox_addresses") == 4


async def test_a_company_that_moves_takes_its_chats_along(world: World) -> None:
    async with work():
        await people.update_member(world.rashid, zone="Asia/Omsk")
        await company.update(zone=FAR)
    assert await zones() == ["Asia/Omsk", FAR]
    assert await fetchval("SELECT zone FROM people_members WHERE id = $1", world.pyotr) == FAR


async def test_the_time_that_a_customer_chose_is_told_as_it_was_chosen(world: World) -> None:
    """Nine in the morning there is two at night in Moscow: no chat may say so."""
    async with work():
        await company.update(zone=FAR)
    olga = Phone(routes, World.tg(contact(world.olga)))
    await olga.command("start")
    await olga.tap("consent.yes")
    await olga.say("Не холодит")
    await olga.press("new.site", world.tverskaya, revision=olga.last.facts["draft"]["number"])
    await olga.tap("new.urgency", "normal")
    await olga.tap("new.when", "pick")
    days = [b for row in olga.last.view.rows for b in row if b.verb == "new.when" and b.extra.isdigit()]
    await olga.tap("new.when", days[-1].extra)
    await olga.tap("new.when", f"{days[-1].extra}-0912")
    assert "09:00–12:00" in olga.last.view.text
    await olga.tap("new.send")
    assert "09:00–12:00" in olga.shown("customer.order").view.text
    wanted = await fetchval("SELECT wanted_from FROM orders_orders")
    assert wanted.astimezone(ZoneInfo(FAR)).hour == 9
    assert await fetchval("SELECT count(*) FROM outbox_notices WHERE zone <> $1", FAR) == 0
