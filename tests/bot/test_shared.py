"""What both bots lean on: typed text made fit to be shown, days and windows, pages, a draft's next question."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.customer.draft import MAX_WORDS, Draft
from bot.dispatcher.screens.work import move
from bot.shared.calendar import IDLE, day_rows, first_day, read_day, read_window, window_rows
from bot.shared.maps import route, through
from bot.shared.paging import number, page_of
from bot.shared.voice import clean, line, voice

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def test_typed_text_loses_what_would_spoil_a_screen_and_nothing_else() -> None:
    assert clean("Течёт\r\n\n\n\nкран\x00\u202e") == "Течёт\n\nкран"
    assert clean("😀 <b>x</b>") == "😀 <b>x</b>"
    assert clean("שלום") == "\u2068שלום\u2069"
    assert len(clean("я" * 5000, 100)) == 100
    assert line(" Арбат,\n 12 ") == "Арбат, 12"


def test_only_days_that_can_be_had_are_buttons() -> None:
    v = voice("ru", MOSCOW)
    rows = day_rows(v, "x", 1, 2, date(2026, 11, 21))
    days = [button.label for row in rows for button in row if button.verb == "x" and button.extra.isdigit()]
    assert days == ["[21]", *map(str, range(22, 31))]
    later = day_rows(v, "x", 1, 2, date(2026, 11, 21), date(2027, 6, 1))
    assert "Январь 2027" in later[0][1].label
    assert all(len(row) == 7 for row in rows[1:])


def test_windows_that_are_over_are_not_offered() -> None:
    v = voice("ru", MOSCOW)

    def labels(day: date, now: datetime) -> list[str]:
        return [button.label for row in window_rows(v, "x", 1, 2, day, now) for button in row]

    assert labels(date(2026, 11, 21), NOON) == ["12:00–15:00", "15:00–18:00", "18:00–21:00", "В любое время"]
    assert labels(date(2026, 11, 22), NOON)[0] == "9:00–12:00"
    assert first_day(NOON, MOSCOW) == date(2026, 11, 21)
    assert first_day(NOON.replace(hour=18), MOSCOW) == date(2026, 11, 22)


def test_every_day_that_is_offered_has_a_window() -> None:
    """At a month's last evening the dispatcher too begins with the next day."""
    late = datetime(2026, 11, 30, 21, 40, tzinfo=MOSCOW)
    rows = move({"number": 7, "revision": 1, "now": late.isoformat()}, "ru", MOSCOW).rows
    days = [button.extra for row in rows for button in row if button.verb == "card.move_day" and button.extra[0] != "m"]
    assert days[0] == "20261201"
    for day in days:
        windows = move({"number": 7, "revision": 1, "now": late.isoformat(), "day": f"{read_day(day)}"}, "ru", MOSCOW)
        assert sum(button.verb == "card.move_to" for row in windows.rows for button in row) == 5


@pytest.mark.parametrize("code", ["", "soon", "2026112", "20261301-0912", "20261125-1209", "20261125-٠٩"])
def test_a_forged_window_is_none(code: str) -> None:
    assert read_window(code, MOSCOW) is None


def test_a_window_stands_in_its_zone_through_a_change_of_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    window = read_window("20261025-0912", berlin)
    assert window is not None
    assert [at.astimezone(UTC).hour for at in window] == [8, 11]
    assert read_day("20261025") == date(2026, 10, 25)


def test_a_window_is_told_as_people_say_it() -> None:
    v = voice("ru", MOSCOW)
    assert v.window(None, None) == "как можно скорее"
    assert v.window(NOON, NOON.replace(hour=12)) == "сб, 21 ноября, 12:00–15:00"
    assert v.window(NOON.replace(hour=5), NOON.replace(hour=18)) == "сб, 21 ноября"


def test_pages_never_run_out() -> None:
    assert page_of([1, 2, 3], 9, 2) == ([3], 1, False)
    assert page_of([], 3, 2) == ([], 0, False)
    assert [number(text) for text in ("7", "-1", "x", "٣", "9" * 20)] == [7, 0, 0, 0, 0]


def test_a_way_is_a_link_whatever_is_known() -> None:
    assert route(55.75, 37.6) == "https://yandex.ru/maps/?rtext=~55.750000,37.600000&rtt=auto"
    assert route(None, None, "Арбат, 12") == "https://yandex.ru/maps/?text=%D0%90%D1%80%D0%B1%D0%B0%D1%82%2C%2012"
    assert route(None, None, " ") is None
    assert through([(1.0, 2.0), (3.0, 4.0)]).count("~") == 2


def test_a_draft_asks_for_what_is_missing_and_no_more() -> None:
    draft = Draft(1, known_sites=2)
    asked = [draft.question]
    draft.choose_site({"id": 1, "name": "a", "address": ""}, 0)
    asked.append(draft.question)
    draft.add_words("Течёт")
    asked.append(draft.question)
    draft.urgency = "low"
    asked.append(draft.question)
    draft.when = {"from": None, "to": None}
    assert [*asked, draft.question] == ["site", "words", "urgency", "when", "check"]
    draft.editing = "words"
    assert draft.question == "words"
    assert Draft.of(draft.facts()) == draft
    assert Draft(1).question == "place"
    assert not draft.add_words("я" * MAX_WORDS)


def test_idle_squares_are_never_days() -> None:
    rows = day_rows(voice("en", MOSCOW), "x", 1, 2, date(2026, 11, 30))
    assert {button.extra for row in rows for button in row if button.verb == IDLE} == {""}
