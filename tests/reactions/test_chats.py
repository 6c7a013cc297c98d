"""Who reads what somebody wrote in an order's thread."""

import pytest

from core.chats.models import Message
from core.events import MessagePosted
from core.kernel.actor import contact, member
from tests.reactions.ground import WHEN, Ground

GROUP, OLGA, PYOTR = "told group dispatcher.message", "told olga customer.message", "told pyotr technician.message"


@pytest.mark.parametrize(
    ("by", "side", "to_customer", "in_group", "expected"),
    [
        ("olga", "customer", False, False, {GROUP, PYOTR}),
        ("pyotr", "team", False, False, {GROUP}),
        ("pyotr", "customer", True, False, {GROUP, OLGA}),
        ("dispatcher", "team", False, True, {PYOTR}),
        ("dispatcher", "team", False, False, {GROUP, PYOTR}),
        ("dispatcher", "customer", True, True, {OLGA}),
    ],
)
async def test_who_reads_it(
    ground: Ground, by: str, side: str, to_customer: bool, in_group: bool, expected: set[str]
) -> None:
    await ground.at("assigned")
    party = contact(ground.world.olga) if by == "olga" else member(getattr(ground.world, by))
    row = await Message.create(
        order_id=ground.order, side=side, party=party, who=by, text="слово", to_customer=to_customer, at=WHEN
    )
    assert await ground.after(MessagePosted(ground.order, row.id, in_group), by) == expected
