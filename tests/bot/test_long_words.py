"""Nothing that people write to each other is cut on its way; and no screen hides its keyboard behind its buttons."""

import pytest

import bot.customer.app
import bot.dispatcher.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.routes import SCREENS
from bot.telegram import render
from bot.telegram.markup import plain
from bot.telegram.render import Where
from bot.view import Button, View
from core.chats.actions import bind_group, post
from core.kernel.actor import member
from core.kernel.read import fetch, fetchval, parsed
from core.kernel.work import current, work
from tests.bot.conftest import Call
from tests.bot.play import Phone
from tests.bot.screens import ZONE, faults

WORDS = "слово и дело " * 315


def told(view: View, bot: str = "customer") -> str:
    """All that the person reads, message after message."""
    parts = render.letter(view, Where(bot)).parts
    return "".join(plain(str(part.params.get("text", part.params.get("caption", "")))) for part in parts)


@pytest.fixture
async def pyotr(pyotr: Phone) -> Phone:
    """The order's team has a group."""
    async with work():
        group = await bind_group(-100, "Диспетчерская", True)
        await current().execute("UPDATE orders_orders SET group_id = $1", group)
    return pyotr


@pytest.mark.parametrize("with_photo", [False, True])
async def test_a_whole_message_of_the_customers_arrives(
    assigned: Call, olga: Phone, pyotr: Phone, with_photo: bool
) -> None:
    assert 4000 < len(WORDS) <= 4096
    await olga.press("order.chat", assigned.order)
    await (olga.send("photo", text=WORDS) if with_photo else olga.say(WORDS))
    await pyotr.look()
    assert WORDS.strip() in told(pyotr.shown("technician.message").view, "technician")
    facts = parsed(await fetchval("SELECT facts FROM outbox_notices WHERE screen = 'dispatcher.message'"))
    assert WORDS.strip() in told(SCREENS["dispatcher.message"](facts, "ru", ZONE), "dispatcher")


async def test_a_whole_message_of_the_dispatchers_arrives(assigned: Call, olga: Phone) -> None:
    async with work(await assigned.world.actor(member(assigned.world.dispatcher))):
        await post(assigned.order, "customer", WORDS, to_customer=True)
    await olga.look()
    assert WORDS.strip() in told(olga.shown("customer.message").view)


async def test_what_a_technician_wrote_in_parts_is_kept_whole_or_refused(assigned: Call, pyotr: Phone) -> None:
    await pyotr.say("а" * 3000)
    await pyotr.say("б" * 3000)
    assert "technician.too_long" in pyotr.screens
    await pyotr.say("в" * 90)
    await pyotr.tap("sort.as", "team")
    rows = await fetch("SELECT text FROM chats_messages")
    assert [row["text"] for row in rows] == ["а" * 3000 + "\n" + "в" * 90]


def test_a_keyboard_behind_buttons_is_a_fault() -> None:
    rows, keys = ((Button("Да", "a.b"),),), ((Button("Меню"),),)
    assert faults("toy", View("x", rows)) == faults("toy", View("x", keyboard=keys)) == []
    for keyboard in (keys, ()):
        assert faults("toy", View("x", rows, keyboard=keyboard)) == [
            "a message carries buttons or a keyboard, not both"
        ]
    assert faults("toy", View("ж" * 4097)) == ["text of 4097 units"]
