"""What a failure leaves in the log: which update it was, and nothing of what was said in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from naryad.logs import set_up
from tests.telegram.conftest import ANNA, Desk, until


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    set_up("json", "info", stream)
    yield stream
    root.handlers, root.level = handlers, level


async def test_a_failure_tells_its_update_and_nobodys_words(desk: Desk, log: io.StringIO) -> None:
    def failures() -> list[Any]:
        return [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == "handling failed"]

    async with desk.bot():
        await desk.act(ANNA, "text", text="/bug Анна, +79161234567")
        await until(failures)
    first = failures()[0]
    [row] = await desk.rows("SELECT id, key FROM inbox_deliveries")
    assert (first["source"], str(first["update"]), first["delivery"]) == ("tg:customer", row["key"], row["id"])
    assert "ValueError: a bug" in first["exception"]
    assert "79161234567" not in log.getvalue()
    assert "Анна" not in log.getvalue()
