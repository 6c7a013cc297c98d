"""What typed answers mean."""

import pytest

from bot.technician.answers import Unreadable, bare_number, pressed_value, read_number, typed_value

CHOICE = {"type": "choice", "choices": [{"code": "a", "text": {"ru": "Первый", "en": "First"}}]}


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("-18,5", -18.5), ("−2", -2), ("4 °C", 4), ("3.25 бар", 3.25), ("+7", 7), (" 5 ", 5)],
)
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["", "тепло", "3 или 4", "1e9", "٣", "3\u202e", "3,", "--1", "9" * 40, "nan", "😀"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_number(text) is None


def test_yes_and_no_can_be_typed() -> None:
    assert typed_value({"type": "yesno"}, "Да.", "ru") is True
    assert typed_value({"type": "yesno"}, "no", "en") is False
    with pytest.raises(Unreadable, match="press_needed"):
        typed_value({"type": "yesno"}, "наверное", "ru")


def test_a_choice_is_pressed_or_named() -> None:
    assert pressed_value(CHOICE, "0") == "a"
    assert typed_value(CHOICE, "первый", "ru") == "a"
    for forged in ("1", "-1", "x", "٠", ""):
        assert pressed_value(CHOICE, forged) is None


def test_words_have_a_limit() -> None:
    assert typed_value({"type": "text"}, " шумит ", "ru") == "шумит"
    with pytest.raises(Unreadable, match="long"):
        typed_value({"type": "text"}, "я" * 5000, "ru")
    with pytest.raises(Unreadable, match="photo_needed"):
        typed_value({"type": "photo"}, "вот", "ru")


@pytest.mark.parametrize(
    ("text", "unit", "bare"),
    [
        ("9,5", "°C", True),
        ("−18,5 °C", "°C", True),
        ("12 кг", "кг", True),
        ("12", "", True),
        ("2 дня без света", "°C", False),
        ("9 так и есть", "°C", False),
        ("датчик", "°C", False),
        ("", "", False),
    ],
)
def test_a_number_stands_alone_or_with_its_unit(text: str, unit: str, bare: bool) -> None:
    assert bare_number(text, unit) is bare
