"""What follows when an act is printed, signed or refused."""

import pytest

from core import events
from core.documents.actions import draft_act
from core.documents.models import Document
from core.kernel.read import fetchval
from core.kernel.work import work
from core.orders.models import Order
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


async def test_a_refused_act_is_a_dispatchers_business(ground: Ground, act: int) -> None:
    await Document.filter(id=act).update(state="refused")
    event = events.DocumentRefused(ground.order, act, "дорого")
    assert await ground.after(event, "olga") == {"told olga customer.sign", alert("refused_act"), *CARDS}
