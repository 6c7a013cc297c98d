"""A live location that is not what it should be goes to the inbox, where it is buried with a reason; the moves that
came with it are stored."""

from typing import Any

import orjson
import pytest

from bot.telegram.intake import Intake
from bot.telegram.moves import moved
from core.inbox import queries as inbox
from core.kernel.read import fetchval
from tests.presence.conftest import CHAT, MESSAGE
from tests.presence.test_positions import stamp

ODD: dict[str, dict[str, Any]] = {
    "no chat": {"chat": None},
    "a chat of words": {"chat": "Pyotr"},
    "a chat without a number": {"chat": {}},
    "words for a latitude": {"location": {"latitude": "55.7", "longitude": 37.6, "live_period": 900}},
    "no longitude": {"location": {"latitude": 55.7, "live_period": 900}},
    "a list for a place": {"location": ["live_period"]},
    "words for an accuracy": {
        "location": {"latitude": 55.7, "longitude": 37.6, "live_period": 900, "horizontal_accuracy": "12"}
    },
    "no time": {"edit_date": None, "date": None},
    "a time without end": {"edit_date": 1 << 60},
    "a list for a number": {"message_id": [9]},
    "a number for a place": {"location": 5},
}


def update(number: int, at: int, **odd: Any) -> tuple[dict[str, Any], bytes]:
    place = {"latitude": 55.8, "longitude": 37.5, "live_period": 900}
    message = {"message_id": MESSAGE, "date": 1, "edit_date": at, "chat": {"id": CHAT}, "location": place, **odd}
    body = {"update_id": number, "edited_message": message}
    return body, orjson.dumps(body)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_it_holds_up_nobody(job: int, odd: dict[str, Any]) -> None:
    intake, at = Intake("technician", moved), stamp()
    await intake.take_all([update(1, at), update(2, at + 1, **odd), update(3, at + 2)])
    assert await fetchval("SELECT count(*) FROM presence_tracks") == 2
    assert await inbox.backlog() == {"tg:technician": 1}
