"""Nothing that people write to each other is cut on its way; and no screen hides its keyboard behind its buttons."""

from datetime import timedelta

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
from core.kernel.clock import now
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


ASKED = {
    "comment": ("job.comment", "", "technician.comment"),
    "what is left": ("job.finish", "partly", "technician.finish.why"),
    "pause": ("job.pause", "other", "technician.pause.own"),
}


@pytest.mark.parametrize("what", ASKED)
async def test_the_rest_of_a_text_that_was_too_long_is_not_taken_for_the_answer(
    assigned: Call, pyotr: Phone, what: str
) -> None:
    """An app cuts five thousand signs in two and sends both at once."""
    verb, extra, screen = ASKED[what]
    await pyotr.press("job.go", assigned.job)
    await pyotr.press("job.arrive", assigned.job)
    await pyotr.press(verb, assigned.job, extra)
    at = now()
    for number, part in enumerate(("а" * 4096, "б" * 4096, "в" * 200)):
        await pyotr.say(part, at=at + timedelta(seconds=number))
        assert pyotr.shown(screen).facts["note"] == "long"
    assert await fetchval("SELECT comment FROM orders_jobs") == ""
    assert await fetchval("SELECT state FROM orders_jobs") == "on_site"
    await pyotr.say("Замок сломан", at=at + timedelta(seconds=30))
    assert screen not in pyotr.screens
    said = "SELECT string_agg(facts::text, '') FROM orders_entries"
    kept = f"{await fetchval('SELECT comment FROM orders_jobs')}{await fetchval(said)}"
    assert "Замок сломан" in kept
    assert "ввв" not in kept


def test_a_keyboard_behind_buttons_is_a_fault() -> None:
    rows, keys = ((Button("Да", "a.b"),),), ((Button("Меню"),),)
    assert faults("toy", View("x", rows)) == faults("toy", View("x", keyboard=keys)) == []
    for keyboard in (keys, ()):
        assert faults("toy", View("x", rows, keyboard=keyboard)) == [
            "a message carries buttons or a keyboard, not both"
        ]
    assert faults("toy", View("ж" * 4097)) == ["text of 4097 units"]
