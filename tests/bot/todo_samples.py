"""The queue of decisions: every kind and every answer, as the desk tells them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.todo.board import told
from core.todo.rules import Item
from tests.bot.samples import Facts

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WINDOW = {"start": "2026-11-21T10:00:00+00:00", "end": "2026-11-21T13:00:00+00:00"}


def item(kind: str, detail: str = "", **fields: object) -> Item:
    made = Item(kind, 12, 12, "Азбука", "+79161000001", "Витрина не холодит", "", detail, AT, None, job_id=21)
    return replace(made, **fields)  # type: ignore[arg-type]


GIVEN = {"technician_id": 5, "technician": "Пётр Ким"}
DUE = AT + timedelta(minutes=40)
ITEMS = [
    item("late", "assigned", **GIVEN),
    item("late", "travelling", **GIVEN, due_at=DUE),
    item("sla", "response", due_at=AT, best={"id": 5, "name": "Пётр Ким"}, job_revision=3),
    item("sla", "arrival", due_at=AT, **GIVEN),
    item("sla", "resolution", due_at=AT),
    *(item("nobody", why) for why in ("nobody_fits", "exhausted", "manual", "our_own")),
    item("message", what="Вы едете?", who="Ольга Белова"),
    item("call", "call", order=None, summary="", due_at=DUE),
    item("plan", "delay", what="22.11"),
    item("unheard", order=None, summary="", who="Ольга Белова"),
    item("paused", what="нет запчасти", **GIVEN),
    *(item("left", outcome, what="Закрыто на замок") for outcome in ("no_access", "partly", "part_needed")),
    item("request", "form", order=None, summary="", what="Течёт"),
    item("letter", "letter", what="Это я", who="who@example.com"),
    item("twins", "11"),
    item("absence", "vacation", order=None, summary="", who="Пётр Ким", phone=""),
    item("rating", "5 / 2 / 5", what="Грязно"),
    item("delivery", "3", order=None, summary="", who="", phone=""),
]


def todo_cases() -> Iterator[tuple[str, str, Facts]]:
    yield "dispatcher.todo", "nothing", {"items": [], "count": 0, "window": WINDOW}
    for start in range(0, len(ITEMS), 8):
        part = [told(one) for one in ITEMS[start : start + 8]]
        yield "dispatcher.todo", f"from {start}", {"items": part, "count": len(part) + start, "window": WINDOW}
    asked = [told(one, outside=True) for one in (ITEMS[2], ITEMS[3], ITEMS[5])]
    yield "dispatcher.todo", "outsiders", {"items": asked, "count": 3, "window": WINDOW}
    yield "dispatcher.todo_reply", "one", {"order": 12}
