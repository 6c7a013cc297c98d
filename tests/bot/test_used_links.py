"""Links that open once: whoever comes second, or comes back, is told so and becomes nobody."""

import pytest

import bot.customer.app
import bot.dispatcher.app
import bot.technician.app  # noqa: F401
from bot.customer.routes import routes as customer_routes
from bot.dispatcher.routes import routes as dispatcher_routes
from bot.technician.routes import routes as technician_routes
from core.kernel.actor import contact, member
from core.kernel.errors import Refusal
from core.kernel.links import links
from core.kernel.read import fetchval
from core.kernel.words import words
from core.kernel.work import work
from core.people import actions as people
from tests.bot.messenger import public_address
from tests.bot.play import Phone
from tests.world import World

NEW, OTHER = 9_101, 9_102


async def party_of(bot: str, user_id: int) -> str | None:
    found: str | None = await fetchval(
        "SELECT party FROM people_accounts WHERE bot = $1 AND user_id = $2", bot, user_id
    )
    return found


@pytest.fixture
async def token(world: World) -> str:
    """An invitation that Svetlana has used."""
    async with work():
        made = await people.issue_invite("member", member(world.svetlana))
    first = Phone(technician_routes, NEW, "Светлана")
    await first.command("start", f"i_{made}")
    assert first.screens == ["technician.home"]
    assert await party_of("technician", NEW) == member(world.svetlana)
    return made


@pytest.mark.parametrize("way", ["link", "code"])
async def test_a_used_invitation_makes_nobody_a_technician(token: str, way: str) -> None:
    second = Phone(technician_routes, OTHER, "Чужой")
    await (second.command("start", f"i_{token}") if way == "link" else second.say(token))
    assert second.screens == ["technician.stranger"]
    assert "уже использована или устарела" in second.last.view.text
    assert await party_of("technician", OTHER) is None


async def test_a_technician_who_opens_their_link_again_stays(world: World, token: str) -> None:
    again = Phone(technician_routes, NEW, "Светлана")
    await again.command("start", f"i_{token}")
    assert again.last.screen == "technician.home"
    assert "уже не действует, но вы и так с нами" in again.last.view.text
    assert await party_of("technician", NEW) == member(world.svetlana)


async def test_a_customer_who_opens_their_link_again_stays(world: World) -> None:
    async with work():
        made = await people.issue_invite("contact", contact(world.ivan))
    ivan = Phone(customer_routes, NEW)
    await ivan.command("start", f"i_{made}")
    await ivan.tap("consent.yes")
    await ivan.command("start", f"i_{made}")
    assert ivan.screens == ["customer.welcome"]
    assert "уже не действует, но мы вас и так знаем" in ivan.last.view.text
    assert await party_of("customer", NEW) == contact(world.ivan)


async def test_a_used_invitation_makes_nobody_a_dispatcher(world: World) -> None:
    async with work():
        made = await people.issue_invite("member", member(world.dispatcher))
    first, second = Phone(dispatcher_routes, NEW), Phone(dispatcher_routes, OTHER)
    await first.command("start", f"i_{made}")
    assert first.screens == ["dispatcher.welcome"]
    await second.command("start", f"i_{made}")
    assert second.refused == "people.bad_invite"
    assert "уже использована или устарела" in words("bot", "ru").text("error.people.bad_invite")
    assert await party_of("dispatcher", OTHER) is None


async def test_an_invitation_of_one_bot_opens_no_other(world: World) -> None:
    async with work():
        made = await people.issue_invite("contact", contact(world.ivan))
    wrong = Phone(technician_routes, OTHER)
    await wrong.command("start", f"i_{made}")
    assert wrong.screens == ["technician.stranger"]
    assert await party_of("technician", OTHER) is None


async def test_every_way_to_the_admin_page_is_a_new_link(world: World) -> None:
    dmitry = Phone(dispatcher_routes, World.tg(member(world.dispatcher)))
    with public_address():
        await dmitry.command("admin")
        first = dmitry.shown("dispatcher.login").facts["url"]
        await dmitry.command("admin")
        second = dmitry.shown("dispatcher.login").facts["url"]
    assert first != second
    assert links.public is None
    for url in (first, second):
        async with work():
            assert await people.start_web_session(url.rpartition("/")[2], "browser")
        with pytest.raises(Refusal, match="bad_login"):
            async with work():
                await people.start_web_session(url.rpartition("/")[2], "browser")
