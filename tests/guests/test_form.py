"""An order from a page without a login."""

import pytest

from core.customers.models import Contact, Customer
from core.guests import actions as guests
from core.guests.models import FollowLink
from core.guests.queries import opened
from core.guests.rules import Form, check_stamp, sender_of, stamp
from core.kernel.actor import contact, member
from core.kernel.clock import clock, now
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Order
from core.orders.queries import access_order
from core.people.queries import actor_of
from core.sources import requests
from core.sources.models import Request
from tests.world import World

KEY = "0b6f7f6e-1111-4222-8333-444455556666"
ASKED = Form(KEY, "sender", "Вера Ильина", "Не холодит", phone="8 916 555-44-33", address="Мира, 5")


async def sent(form: Form = ASKED) -> tuple[str, int | None]:
    async with work():
        return await guests.submit(form)


def changed(**values: object) -> Form:
    from dataclasses import replace

    return replace(ASKED, **values)  # type: ignore[arg-type]


async def test_a_stranger_with_a_place_gets_an_order_and_a_link(world: World) -> None:
    token, number = await sent()
    order = await Order.get(id=number).select_related("contact", "customer")
    assert (order.source, order.address, order.words) == ("form", "Мира, 5", "Не холодит")
    assert (order.contact.guest, order.contact.phone, order.customer.private) == (True, "+79165554433", True)
    link = await opened(token)
    assert link.order_id == number
    other = (await sent(changed(key=KEY[::-1], name="Кто-то")))[1]
    assert await access_order(link.actor, number or 0)
    with pytest.raises(NotFound):
        await access_order(link.actor, other or 0)


async def test_a_second_copy_is_the_same_order(world: World) -> None:
    assert await sent() == await sent()
    assert await Order.filter(source="form").count() == 1
    assert await sent(changed(sender="another network meanwhile")) == await sent()


async def test_without_a_place_a_dispatcher_looks_at_it_first(world: World) -> None:
    token, number = await sent(changed(address=""))
    assert number is None
    assert (await opened(token)).order_id is None
    row = await Request.get()
    assert (row.kind, row.facts["missing"]) == ("form", ["site"])
    async with work(await world.actor(member(world.dispatcher))):
        made = await requests.make_order(row.id)
    link = await opened(token)
    assert link.order_id == made
    assert await access_order(link.actor, made)


async def test_a_label_names_the_machine_and_opens_nothing_else(world: World) -> None:
    _, number = await sent(changed(payload=world.fridge_tag, address=""))
    order = await Order.get(id=number)
    assert (order.customer_id, order.site_id) == (world.azbuka, world.arbat)
    guest = await Contact.get(id=order.contact_id)
    assert guest.guest
    actor = await actor_of(contact(guest.id))
    assert actor is not None
    assert actor.site_ids == frozenset()
    async with work(await world.actor(member(world.dispatcher))):
        others = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="чужая", source="desk")
    with pytest.raises(NotFound):
        await access_order(actor, others)


async def test_a_known_number_is_not_taken_for_a_proof(world: World) -> None:
    _, number = await sent(changed(phone="+79161000001"))
    order = await Order.get(id=number)
    assert order.customer_id == world.azbuka
    assert order.site_id is None
    assert order.contact_id != world.olga


async def test_somebody_who_came_before_is_the_same_customer(world: World) -> None:
    before = await Customer.all().count()
    await sent()
    await sent(changed(key=KEY[::-1]))
    assert await Customer.all().count() == before + 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": "", "email": ""}, "guests.no_contact"),
        ({"phone": "12"}, "people.bad_phone"),
        ({"phone": "", "email": "a@b"}, "customers.bad_email"),
        ({"email": "x@y.ru\r\nBcc: a@b.ru"}, "customers.bad_email"),
        ({"words": "  "}, "orders.empty"),
        ({"words": "ж" * 4001}, "form.too_long"),
        ({"payload": "1abc-forged"}, "assets.bad_tag"),
        ({"key": "short"}, "guests.bad_key"),
        ({"uploads": ("no-such",)}, "guests.upload"),
        ({"uploads": tuple("abcdefghijk")}, "guests.too_many_files"),
    ],
)
async def test_what_is_refused_leaves_nothing(world: World, values: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        await sent(changed(**values))
    assert not await FollowLink.exists()
    assert not await Order.filter(source="form").exists()


async def test_an_address_sends_only_so_many_an_hour(world: World) -> None:
    for n in range(10):
        await sent(changed(key=f"{n:0>20}"))
    with pytest.raises(Refusal, match="too_often"):
        await sent(changed(key="another-key-of-mine"))
    await sent(changed(key="another-key-of-mine", sender="another"))
    clock.offset += 3601
    await sent(changed(key="another-key-of-mine-2"))


async def test_a_link_ends_with_its_order_and_by_a_press(world: World) -> None:
    token, number = await sent()
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(number or 0, "передумали")
    await opened(token)
    clock.offset += 31 * 86400
    with pytest.raises(NotFound):
        await opened(token)
    clock.offset = 0
    async with work(await world.actor(member(world.dispatcher))):
        await guests.revoke((await FollowLink.get()).id)
    with pytest.raises(NotFound):
        await opened(token)
    for forged in ("", "я" * 10, token[:-1] + "x", "a" * 500):
        with pytest.raises(NotFound):
            await opened(forged)


async def test_a_letter_names_the_same_link_again(world: World) -> None:
    token, number = await sent()
    async with work():
        assert await guests.link_for(number or 0) == token


def test_a_stamp_tells_a_person_from_a_robot(world: World) -> None:
    at = now().timestamp()
    made = stamp(at)
    check_stamp(made, at + 10)
    for given, later, code in (
        (made, 1, "robot"),
        (made, 7 * 3600, "old_form"),
        ("1" + made, 10, "robot"),
        ("", 10, "robot"),
        (made[:-1] + "я", 10, "robot"),
    ):
        with pytest.raises(Refusal, match=code):
            check_stamp(given, at + later)


def test_an_address_is_counted_by_its_network(world: World) -> None:
    assert sender_of("2001:db8::1") == sender_of("2001:db8::ffff")
    assert sender_of("::ffff:10.0.0.1") == sender_of("10.0.0.1") != sender_of("10.0.0.2")
    assert sender_of("не адрес")
