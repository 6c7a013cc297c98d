import ast
import io
import json
import logging
from pathlib import Path

import pytest
import structlog

from core.kernel.trail import about, note
from naryad.logs import IDS, public, set_up

ROOT = Path(__file__).parents[2]


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


def test_what_turns_out_meanwhile_is_told_until_the_end(lines):
    with about(update=7):
        with about(task="act"):
            note(order=12)
            logging.getLogger("somewhere").info("inner")
        logging.getLogger("somewhere").info("outer")
    note(order=13)
    inner, outer = lines()
    assert (inner["update"], inner["task"], inner["order"]) == (7, "act", 12)
    assert outer["update"] == 7
    assert "order" not in outer


def test_the_standard_library_speaks_the_same_way(lines):
    with about(task=5):
        logging.getLogger("somewhere").warning("%s of %s", 1, 2, extra={"notice": 8, "headers": "a library's"})
    [line] = lines()
    assert (line["event"], line["level"], line["task"], line["notice"]) == ("1 of 2", "warning", 5, 8)
    assert "headers" not in line


def test_no_line_of_ours_brings_what_would_be_dropped():
    brought = set()
    for door in ("naryad", "core", "bot", "webhooks", "admin_web", "api", "simulator"):
        for file in (ROOT / door).rglob("*.py"):
            text = file.read_text()
            for node in ast.walk(ast.parse(text)) if "extra={" in text else ():
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    brought |= {
                        ast.literal_eval(name)
                        for given in node.keywords
                        if given.arg == "extra" and isinstance(given.value, ast.Dict)
                        for name in given.value.keys
                    }
    assert brought
    assert brought - IDS == set()


def test_people_do_not_get_into_a_log(lines):
    structlog.get_logger("desk").info("seen", phone="+79161234567", text="мой адрес", name="Иван", member=4)
    [line] = lines()
    assert (line["phone"], line["text"], line["name"], line["member"]) == ("…", "…", "…", 4)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("duplicate key\nDETAIL:  Key (phone)=(+79161234567) already exists.", "duplicate key\nDETAIL: …"),
        ('invalid input syntax for type bigint: "John Smith"', "invalid input syntax for type bigint: …"),
        ("[type=int_parsing, input_value='John', input_type=str]", "[type=int_parsing, input_value=…, input_type=str]"),
        ("no route to ivan.petrov+desk@example.com", "no route to …"),
        ("to +7 (916) 123-45-67: busy", "to …: busy"),
        ("79161234567 is nobody", "… is nobody"),
        ("KeyError: 'Пётр Иванов, ул. Лесная'", "KeyError: '…'"),
        ("/admin/login/Zk3xQ0bWc1-8vTn2LpYd5R", "/admin/login/…"),
        ("order 1234567, chat -1001234567890, 12.5 s", "order 1234567, chat -1001234567890, 12.5 s"),
        ('File "/x/site-packages/embedded_postgres_binaries/a.py", line 7', None),
    ],
)
def test_words_of_others_lose_what_may_be_a_persons(said, told):
    assert public(said) == (said if told is None else told)


async def test_an_error_of_postgresql_keeps_its_name_and_loses_its_values(lines, database_url):
    import asyncpg

    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("CREATE TEMP TABLE seen (who text PRIMARY KEY)")
        await connection.execute("INSERT INTO seen VALUES ('John Smith')")
        await connection.execute("INSERT INTO seen VALUES ('John Smith')")
    except asyncpg.UniqueViolationError:
        logging.getLogger("somewhere").exception("cannot keep it")
    finally:
        await connection.close()
    [line] = lines()
    assert "UniqueViolationError" in line["exception"]
    assert 'violates unique constraint "seen_pkey"' in line["exception"]
    assert "Smith" not in json.dumps(line["exception"].replace("VALUES ('John Smith')", ""))


def test_a_terminal_is_told_no_more(lines):
    stream = io.StringIO()
    set_up("console", "info", stream)
    try:
        raise ValueError("+79161234567")
    except ValueError:
        structlog.get_logger("desk").exception("failed", order=3)
    assert "ValueError: …" in stream.getvalue()
    assert "order" in stream.getvalue()
    assert "79161234567" not in stream.getvalue().replace('raise ValueError("+79161234567")', "")


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
