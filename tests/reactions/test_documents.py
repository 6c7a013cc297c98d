"""What follows when an act is printed, signed or refused."""

from zoneinfo import ZoneInfo

import pytest

import bot.customer.app  # noqa: F401
from bot.routes import SCREENS
from core import events
from core.documents.actions import draft_act
from core.documents.models import Document
from core.kernel.actor import SYSTEM
from core.kernel.clock import now
from core.kernel.read import fetchval, parsed
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job, Order
from core.reactions.jobs import unsigned
from core.timers.actions import Due
from tests.reactions.ground import CARDS, TOPIC, Ground, alert


@pytest.fixture
async def act(ground: Ground) -> int:
    """The act of a job that is done, printed."""
    await ground.done()
    await Order.filter(id=ground.order).update(state="done")
    async with work():
        document_id = await draft_act(ground.order)
    await ground.forget("tasks_tasks")
    await Document.filter(id=document_id).update(state="ready")
    return document_id


async def test_a_printed_act_asks_for_a_signature(ground: Ground, act: int) -> None:
    assert await ground.after(events.DocumentReady(ground.order, act)) == {"told olga customer.sign", *CARDS}


async def test_a_signed_act_goes_to_both_sides(ground: Ground, act: int) -> None:
    await Document.filter(id=act).update(state="signed")
    expected = {"told olga customer.act", "told group dispatcher.act", "told pyotr technician.signed", *CARDS}
    assert await ground.after(events.DocumentReady(ground.order, act)) == expected


async def test_a_signature_closes_the_order_and_asks_how_it_was(ground: Ground, act: int) -> None:
    await Document.filter(id=act).update(state="signed")
    found = await ground.after(events.DocumentSigned(ground.order, act), "olga")
    assert found >= {"told olga customer.sign", "told olga customer.rate", TOPIC, *CARDS}
    assert (await Order.get(id=ground.order)).state == "closed"
    assert await fetchval("SELECT member_id FROM ratings_ratings") == ground.world.pyotr


async def test_an_act_that_is_signed_while_a_visit_is_to_come_asks_for_no_stars_yet(ground: Ground, act: int) -> None:
    await Document.filter(id=act).update(state="signed")
    await Job.filter(id=ground.job).update(outcome="partly")
    async with work(SYSTEM):
        await orders.add_return(ground.job)
    found = await ground.after(events.DocumentSigned(ground.order, act), "olga")
    assert "told olga customer.rate" not in found
    assert await fetchval("SELECT count(*) FROM ratings_ratings") == 0


async def test_an_act_that_counts_no_more_loses_its_buttons(ground: Ground, act: int) -> None:
    assert await ground.after(events.DocumentReplaced(ground.order, act)) == {"told olga customer.sign"}
    facts = parsed(await fetchval("SELECT facts FROM outbox_notices WHERE screen = 'customer.sign' ORDER BY id DESC"))
    view = SCREENS["customer.sign"](facts, "ru", ZoneInfo("Europe/Moscow"))
    assert view.rows == ()
    assert "больше не действует" in view.text


async def test_an_order_whose_act_was_refused_does_not_close_by_itself(ground: Ground, act: int) -> None:
    await Document.filter(id=act).update(state="refused")
    due = Due("orders.auto_close", str(ground.order), now(), {}, 1)
    async with work(SYSTEM):
        await unsigned(due)
    assert (await Order.get(id=ground.order)).state == "done"
    await Document.filter(id=act).update(state="ready")
    async with work(SYSTEM):
        await unsigned(due)
    assert (await Order.get(id=ground.order)).state == "closed"


async def test_a_refused_act_is_a_dispatchers_business(ground: Ground, act: int) -> None:
    await Document.filter(id=act).update(state="refused")
    event = events.DocumentRefused(ground.order, act, "дорого")
    assert await ground.after(event, "olga") == {"told olga customer.sign", alert("refused_act"), *CARDS}
