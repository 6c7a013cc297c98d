import io
import json
import logging

import pytest
import structlog

from naryad.logs import about, set_up


@pytest.fixture
def lines():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    set_up("json", "info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_line_carries_the_ids_around_it(lines):
    with about(update=7, bot="customer", order=None), about(order=12):
        structlog.get_logger("desk").info("order_created", job=3)
    structlog.get_logger("desk").info("later")
    first, later = lines()
    assert (first["event"], first["update"], first["bot"], first["order"], first["job"]) == (
        "order_created",
        7,
        "customer",
        12,
        3,
    )
    assert first["level"] == "info"
    assert first["logger"] == "desk"
    assert "update" not in later
    assert "order" not in later


def test_the_standard_library_speaks_the_same_way(lines):
    with about(task=5):
        logging.getLogger("somewhere").warning("%s of %s", 1, 2)
    [line] = lines()
    assert (line["event"], line["level"], line["task"]) == ("1 of 2", "warning", 5)


def test_people_do_not_get_into_a_log(lines):
    structlog.get_logger("desk").info("seen", phone="+79161234567", text="мой адрес", name="Иван", member=4)
    [line] = lines()
    assert (line["phone"], line["text"], line["name"], line["member"]) == ("…", "…", "…", 4)


def test_an_exception_is_one_line(lines):
    try:
        raise ValueError("inside")
    except ValueError:
        structlog.get_logger("desk").exception("failed")
    [line] = lines()
    assert "ValueError: inside" in line["exception"]


def test_less_important_lines_are_left_out(lines):
    structlog.get_logger("desk").debug("detail")
    logging.getLogger("aiogram.event").info("chatter")
    assert lines() == []
