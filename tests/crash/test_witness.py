"""The witness asks of a card's message only what the messenger can make of it."""

import orjson

from tests.bot.samples import customer
from tests.crash.chats import changes_text


def _notice(screen: str) -> dict[str, object]:
    facts = next(facts for name, _, facts in customer() if name == screen)
    return {"screen": screen, "facts": orjson.dumps(facts).decode(), "locale": "ru", "zone": "Europe/Moscow",
            "bot": "customer", "chat_id": 7}  # fmt: skip


def test_a_question_with_buttons_takes_the_place_of_the_one_before() -> None:
    assert changes_text(_notice("customer.new.urgency"))


def test_a_question_with_a_keyboard_is_sent_anew() -> None:
    assert not changes_text(_notice("customer.new.place"))
