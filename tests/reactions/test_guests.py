"""What follows when people without a messenger look at their page."""

from datetime import timedelta

from core.channels.actions import UNHEARD
from core.events import ContactReacted, ContactUnreached, LetterBounced, OrderFollowed, WordDelivered, WordUndelivered
from core.kernel.read import parsed
from core.kernel.work import emit, work
from core.orders import actions as orders
from core.outbox.keys import NOTICE
from core.outbox.models import Notice, Sender
from core.timers.actions import set_timer
from core.timers.models import Timer
from tests.reactions.ground import Ground, alert
from tests.world import World


async def test_an_opened_page_is_a_reaction(world: World) -> None:
    async with work() as w:
        number = await orders.create(customer_id=world.bakery, contact_id=world.marat, words="x", source="desk")
        await set_timer(UNHEARD, f"{number}:customer.arrived", w.now + timedelta(minutes=5), {})
        await set_timer(UNHEARD, "1:customer.arrived", w.now + timedelta(minutes=5), {})
    async with work():
        await emit(OrderFollowed(number))
    assert [row.key for row in await Timer.filter(kind=UNHEARD)] == ["1:customer.arrived"]


async def test_a_mark_on_our_message_is_a_reaction(ground: Ground) -> None:
    async with work() as w:
        await set_timer(UNHEARD, f"{ground.order}:customer.arrived", w.now + timedelta(minutes=5), {})
    assert await ground.after(ContactReacted(ground.order)) == {f"timer- {UNHEARD} customer.arrived"}


async def test_whom_nothing_reaches_a_person_has_to_find(ground: Ground) -> None:
    told = await ground.after(ContactUnreached(ground.order, ground.world.olga, "no account"))
    assert alert("unreachable") in told
    facts = parsed((await Notice.filter(screen="dispatcher.alert").order_by("-id").first()).facts)  # type: ignore[union-attr]
    assert (facts["who"], facts["reason"]) == ("Ольга Белова", "no account")


async def test_an_address_that_bounced_is_written_to_no_more(world: World) -> None:
    async with work():
        number = await orders.create(customer_id=world.bakery, contact_id=world.marat, words="x", source="desk")
        await emit(LetterBounced(number, world.marat))
    assert (await Sender.get(bot="email", chat_id=world.marat)).reason == "bounced"


async def test_a_word_that_did_not_arrive_blocks_a_number_for_good_only_where_it_lasts(world: World) -> None:
    async with work() as w:
        number = await orders.create(customer_id=world.bakery, contact_id=world.marat, words="x", source="desk")
        row = await Notice.create(
            bot="sms",
            chat_id=world.marat,
            screen="customer.arrived",
            facts={"order_number": number},
            seq=1,
            locale="ru",
            zone="Europe/Moscow",
            state="sent",
            queued_at=w.now,
        )
    async with work():
        await emit(WordUndelivered(f"{NOTICE}{row.id}", "30003", lasting=False))
    assert (await Notice.get(id=row.id)).state == "failed"
    assert not await Sender.filter(bot="sms", chat_id=world.marat, blocked_at__not_isnull=True)
    await Notice.filter(id=row.id).update(state="sent")
    async with work():
        await emit(WordUndelivered(f"{NOTICE}{row.id}", "30005", lasting=True))
    assert (await Sender.get(bot="sms", chat_id=world.marat)).reason == "30005"


async def test_a_word_that_arrived_is_written_down_once(world: World) -> None:
    async with work() as w:
        number = await orders.create(customer_id=world.bakery, contact_id=world.marat, words="x", source="desk")
        row = await Notice.create(
            bot="sms", chat_id=world.marat, screen="customer.arrived", facts={"order_number": number},
            seq=1, locale="ru", zone="Europe/Moscow", state="unknown", queued_at=w.now,
        )  # fmt: skip
    async with work():
        await emit(WordDelivered(f"{NOTICE}{row.id}"))
    told = await Notice.get(id=row.id)
    assert told.state == "sent"
    assert told.delivered_at
    async with work():
        await emit(WordDelivered(f"{NOTICE}{row.id}"))
        await emit(WordDelivered("not a key of ours"))
    assert (await Notice.get(id=row.id)).delivered_at == told.delivered_at
