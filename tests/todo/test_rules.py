"""What comes first, what is told once, what the likely answer is, which window is offered."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.todo.rules import KINDS, Item, next_window, ordered, split_key

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


def item(kind: str, id: int = 1, minutes: int = 0, **fields: Any) -> Item:
    since = AT + timedelta(minutes=minutes)
    return Item(kind, id, fields.pop("order", None), "", "", "", "", fields.pop("detail", ""), since, None, **fields)


def keys(*items: Item) -> list[str]:
    return [one.key for one in ordered(items)]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([item("rating"), item("message"), item("sla")], ["sla:1", "message:1", "rating:1"]),
        ([item("message", 1, 5), item("message", 2, 3)], ["message:2", "message:1"]),
        ([item("nobody", order=1), item("sla", order=1)], ["sla:1"]),
        ([item("sla", order=1), item("late", order=1), item("message", order=1)], ["late:1", "message:1"]),
        ([item("sla", 1, order=1), item("nobody", 2, order=2)], ["sla:1", "nobody:2"]),
        ([item("sla", order=1, asleep=True), item("nobody", order=1)], []),
        ([item("call", asleep=True), item("call", 2)], ["call:2"]),
        ([], []),
    ],
)
def test_the_order_of_the_queue(items: list[Item], expected: list[str]) -> None:
    assert keys(*items) == expected


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (item("nobody"), "choose"),
        (item("nobody", best={"id": 1, "name": "П"}), "give"),
        (item("sla"), "choose"),
        (item("sla", technician_id=5), "remind"),
        (item("late", detail="assigned"), "move"),
        (item("late", detail="travelling"), "reply"),
        (item("message"), "reply"),
        (item("paused"), "remind"),
        (item("left", detail="no_access"), "visit"),
        (item("plan"), "accept"),
        (item("twins", "11"), "merge"),
        (item("absence"), "approve"),
        (item("request"), "make"),
        *((item(kind), "call") for kind in ("call", "unheard", "rating")),
        *((item(kind), "open") for kind in ("letter", "delivery")),
    ],
)
def test_the_likely_answer(one: Item, answer: str) -> None:
    assert one.answer == answer


def test_every_kind_has_an_answer() -> None:
    assert all(item(kind).answer for kind in KINDS)


@pytest.mark.parametrize(
    ("at", "start"),
    [
        ((2, 12, 0), (2, 13)),
        ((2, 12, 40), (2, 14)),
        ((2, 3, 0), (2, 9)),
        ((2, 19, 10), (3, 9)),
        ((2, 23, 45), (3, 9)),
        ((31, 20, 0), (1, 9)),
    ],
)
def test_the_window_that_is_offered(at: tuple[int, int, int], start: tuple[int, int]) -> None:
    found, end = next_window(datetime(2026, 3, *at, tzinfo=MOSCOW), MOSCOW)
    assert (found.day, found.hour, found.minute) == (*start, 0)
    assert end - found == timedelta(hours=3)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("late:12", ("late", 12)), ("late:", None), ("late:-1", None), ("x:1", None), ("late:²", None), ("", None),
     ("late:" + "1" * 19, None)],
)  # fmt: skip
def test_a_key_names_an_item(key: str, expected: object) -> None:
    assert split_key(key) == expected
