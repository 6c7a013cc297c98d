"""Who has a private link to an order, and taking it away: from the dispatcher's page to the customer's."""

import asyncio
from html import escape

import pytest

from core.guests import actions as guests
from core.guests.models import FollowLink
from core.guests.queries import opened
from core.guests.rules import Form
from core.kernel.errors import Gone, NotFound
from core.kernel.words import words
from core.kernel.work import work
from core.orders.models import Job, Order
from tests.admin_web.conftest import Orders
from tests.admin_web.sending import NASTY
from tests.admin_web.visitor import Visitor
from tests.world import World

T = words("admin", "ru")
KEY = "0b6f7f6e-1111-4222-8333-444455556666"


async def sent(name: str = "Вера", key: str = KEY) -> tuple[str, int]:
    form = Form(key, "sender", name, "Не холодит", phone="+79165554433", address="Мира, 5")
    async with work():
        token, number = await guests.submit(form)
    assert number is not None
    return token, number


async def press(who: Visitor, number: int, link_id: int) -> int:
    return (await who.post(f"/admin/orders/{number}/links/{link_id}/revoke"))[0]


async def test_a_link_is_listed_and_taken_away(dispatcher: Visitor, stranger: Visitor, world: World) -> None:
    token, number = await sent()
    link_id = (await FollowLink.get()).id
    page = (await dispatcher.get(f"/admin/orders/{number}"))[1]
    for text in (T.text("links.title"), T.text("links.unseen"), T.text("links.revoke"), "Вера"):
        assert text in page
    assert token not in page
    assert (await stranger.get(f"/follow/{token}"))[0] == 200
    assert T.text("links.unseen") not in (await dispatcher.get(f"/admin/orders/{number}"))[1]
    assert await press(dispatcher, number, link_id) < 400
    page = (await dispatcher.get(f"/admin/orders/{number}"))[1]
    assert T.text("links.title") not in page
    assert T.text("entry.order.link_revoked", name="Вера") in page
    assert await press(dispatcher, number, link_id) == 404


async def test_the_page_names_who_is_on_the_way_and_not_who_comes_after(
    stranger: Visitor, made: Orders, world: World
) -> None:
    token, number = await sent()
    first = (await Job.get(order_id=number)).id
    await made.do("assign", first, world.pyotr)
    await made.do("travel", first)
    await made.do("add_job", number, "Заменить фильтр")
    _, text = await stranger.get(f"/follow/{token}")
    assert "Пётр Ким" in text
    await made.do("assign", (await Job.filter(order_id=number).order_by("-id"))[0].id, world.rashid)
    _, text = await stranger.get(f"/follow/{token}")
    assert ("Пётр Ким" in text, "Рашид Алиев" in text) == (True, False)


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_a_link_that_was_taken_away_says_what_to_do(
    stranger: Visitor, made: Orders, world: World, locale: str
) -> None:
    token, number = await sent()
    async with work(made.actor):
        await guests.revoke((await FollowLink.get()).id)
    t = words("admin", locale)
    status, page = await stranger.get(f"/follow/{token}", **{"Accept-Language": locale})
    assert (status, t.text("follow.gone") in page) == (410, True)
    assert escape(t.text("error.guests.link.gone")) in page
    said = {"reason": "передумал", "text": "я", "key": KEY}
    for verb in ("say", "cancel", "move", "rate", "uploads"):
        async with stranger.client.post(f"/follow/{token}/{verb}", json=said) as answer:
            assert (answer.status, (await answer.json())["code"]) == (410, "guests.link.gone"), verb
    for part in ("where", "live", "files/1"):
        assert (await stranger.get(f"/follow/{token}/{part}"))[0] == 410, part
    assert (await stranger.get("/follow/" + "a" * 32))[0] == 404
    assert (await Order.get(id=number)).state != "cancelled"


async def test_a_page_that_is_open_hears_of_it(stranger: Visitor, made: Orders, world: World) -> None:
    token, _ = await sent()
    async with stranger.client.get(f"/follow/{token}/live") as stream:
        async with work(made.actor):
            await guests.revoke((await FollowLink.get()).id)
        async with asyncio.timeout(10):
            line = b""
            while not line.startswith(b"data:"):
                line = await stream.content.readline()
        assert line.strip() == b"data: order"


async def test_the_next_letter_brings_a_new_link(made: Orders, world: World) -> None:
    token, number = await sent()
    async with work(made.actor):
        await guests.revoke((await FollowLink.get()).id)
    async with work():
        fresh = await guests.link_for(number)
    assert fresh
    assert fresh != token
    assert (await opened(fresh)).order_id == number
    with pytest.raises(Gone):
        await opened(token)


async def test_a_link_of_another_order_stays(dispatcher: Visitor, world: World) -> None:
    token, number = await sent()
    _, other = await sent("Глеб", KEY.replace("4444", "5555"))
    link_id = (await FollowLink.get(order_id=number)).id
    assert await press(dispatcher, other, link_id) == 404
    assert await press(dispatcher, number + 1000, link_id) == 404
    assert await press(dispatcher, number, 10**11) == 404
    assert (await opened(token)).order_id == number


async def test_only_who_dispatches_may(technician: Visitor, stranger: Visitor, dispatcher: Visitor) -> None:
    token, number = await sent()
    link_id = (await FollowLink.get()).id
    assert await press(technician, number, link_id) == 403
    assert await press(stranger, number, link_id) == 204
    assert (await dispatcher.post(f"/admin/orders/{number}/links/{link_id}/revoke", csrf="forged"))[0] == 403
    assert (await opened(token)).order_id == number


async def test_a_link_of_a_request_is_taken_away_too(made: Orders, world: World) -> None:
    form = Form(KEY, "sender", "Вера", "Не холодит", phone="+79165554433")
    async with work():
        token, number = await guests.submit(form)
    assert number is None
    async with work(made.actor):
        await guests.revoke((await FollowLink.get()).id)
    with pytest.raises(Gone):
        await opened(token)
    async with work(made.actor):
        with pytest.raises(NotFound):
            await guests.revoke((await FollowLink.get()).id)


@pytest.mark.parametrize("name", sorted(NASTY))
async def test_nasty_names_are_shown_as_they_are(dispatcher: Visitor, world: World, name: str) -> None:
    _, number = await sent("Вера")
    await FollowLink.all().update(name=NASTY[name].replace("\x00", "")[:200])
    status, page = await dispatcher.get(f"/admin/orders/{number}")
    assert status == 200
    assert "<b onclick" not in page
