"""How what people type is read, without a page around it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from admin_web.forms import Typed, code_for, field_of
from core.kernel.errors import Refusal

MOSCOW = ZoneInfo("Europe/Moscow")


def typed(**fields: Any) -> Typed:
    return Typed(list(fields.items()))


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", "5"), (" -18,5 ", "-18.5"), ("−3", "-3"), ("1 000", "1000"), ("1\u00a0000,25", "1000.25"), ("", None)],
)
def test_numbers_are_read_as_people_write_them(text: str, value: str | None) -> None:
    assert typed(n=text).decimal("n", -100, 10_000) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("text", ["x", "1,2,3", "٣", "²", "NaN", "inf", "1e9", "--1", "10001"])
def test_what_is_no_number_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        typed(n=text).decimal("n", -100, 10_000)
    assert (refused.value.code, field_of(refused.value)) == ("form.number", "n")


@pytest.mark.parametrize("text", ["", "1.5", "0", "7", "½", "9" * 19, "--5", "5-", "٣"])
def test_whole_numbers_have_a_range(text: str) -> None:
    with pytest.raises(Refusal):
        typed(n=text).whole("n", 1, 6)
    assert typed(n="6").whole("n", 1, 6) == 6


@pytest.mark.parametrize(("text", "roubles"), [("1 500,50 ₽", "1500.50"), ("", "0"), ("2000 руб.", "2000")])
def test_money_is_roubles(text: str, roubles: str) -> None:
    assert typed(price=text).money("price") == Decimal(roubles)


@pytest.mark.parametrize("text", ["-0.01", "1,500", "10000000", "даром"])
def test_money_is_not_below_zero_nor_out_of_measure(text: str) -> None:
    with pytest.raises(Refusal, match=r"form\.money"):
        typed(price=text).money("price")


def test_text_is_one_clean_line_within_its_limit() -> None:
    assert typed(t=" a\x00 b\r\n\u202ec ").text("t") == "a b c"
    with pytest.raises(Refusal, match="too_long"):
        typed(t="x" * 201).text("t")
    with pytest.raises(Refusal, match="required"):
        typed(t=" \t").text("t", required=True)


def test_a_name_in_one_language_does_for_both() -> None:
    assert typed(**{"n.ru": "Холод"}).both("n") == {"ru": "Холод", "en": "Холод"}
    assert typed(**{"n.ru": "Холод", "n.en": "Cold"}).both("n") == {"ru": "Холод", "en": "Cold"}
    with pytest.raises(Refusal, match="required"):
        typed(**{"n.ru": " "}).both("n")


def test_a_pin_is_both_or_none() -> None:
    assert typed(lat="55,7", lon="37.6").place() == (55.7, 37.6)
    assert typed(lat="", lon="").place() == (None, None)
    for lat, lon in (("55", ""), ("", "37"), ("91", "0"), ("0", "181")):
        with pytest.raises(Refusal):
            typed(lat=lat, lon=lon).place()


def test_a_time_of_day_is_the_companys() -> None:
    assert typed(at="09:00").clock("at", date(2026, 7, 1), MOSCOW) == datetime(2026, 7, 1, 6, tzinfo=UTC)
    for text in ("", "25:00", "утром"):
        with pytest.raises(Refusal):
            typed(at=text).clock("at", date(2026, 7, 1), MOSCOW)


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1.0", "99999999999", "²", "2147483648"])
def test_a_choice_is_a_rows_number(text: str) -> None:
    with pytest.raises(Refusal, match="choose"):
        typed(id=text).needed("id")
    assert typed(id="2147483647").needed("id") == 2147483647


def test_files_and_repeated_fields() -> None:
    form = Typed([("a", "1"), ("a", "2"), ("f", object())])
    assert (form.rows("a"), form.all("f"), "f" in form) == ([1, 2], [], False)


def test_codes_are_made_up_and_never_twice() -> None:
    assert code_for("Coffee machines", [], "skill") == "coffee_machines"
    assert code_for("Coffee machines", ["coffee_machines"], "skill") == "coffee_machines1"
    assert code_for("Кофе", [], "skill") == "skill1"
    assert code_for("24/7", ["q1", "q2"], "q") == "q3"
    assert len(code_for("a" * 500, [], "x")) <= 32


@pytest.mark.parametrize("text", ["", "1.1.2027", "0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"])
def test_a_day_is_of_our_time(text: str) -> None:
    with pytest.raises(Refusal, match=r"form\.day"):
        typed(day=text).day("day")
    assert typed(day="2027-01-01").day("day") == date(2027, 1, 1)
