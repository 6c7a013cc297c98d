"""Checklists and answers, by tables."""

from typing import Any

import pytest

from core.checklists import rules
from core.kernel.errors import Refusal

TEXT = {"ru": "Температура", "en": "Temperature"}
NUMBER = {"code": "t", "type": "number", "text": TEXT, "min": -25, "max": 5, "unit": "°C"}
YES = {"code": "y", "type": "yesno", "text": TEXT}
NO = {**YES, "norm": False}
WORDS = {"code": "w", "type": "text", "text": TEXT}
CHOICE = {
    "code": "c",
    "type": "choice",
    "text": TEXT,
    "choices": [{"code": "good", "text": TEXT}, {"code": "bad", "text": TEXT, "ok": False}],
}
PHOTO = {"code": "p", "type": "photo", "text": TEXT}


@pytest.mark.parametrize(
    ("item", "value", "ok"),
    [
        (YES, True, True),
        (YES, False, False),
        (NO, False, True),
        (NUMBER, -25, True),
        (NUMBER, 5, True),
        (NUMBER, 5.01, False),
        (NUMBER, -26, False),
        ({**NUMBER, "min": None}, -300, True),
        ({**NUMBER, "min": None, "max": None}, 7, None),
        (WORDS, "шумит", None),
        (CHOICE, "good", True),
        (CHOICE, "bad", False),
    ],
)
def test_an_answer_is_within_its_norm_or_not(item: rules.Item, value: Any, ok: bool | None) -> None:
    assert rules.judge(item, value) == (ok, None)


@pytest.mark.parametrize(
    ("item", "value", "error"),
    [
        (YES, 1, "not_yesno"),
        (YES, "yes", "not_yesno"),
        (NUMBER, "cold", "not_number"),
        (NUMBER, True, "not_number"),
        (NUMBER, float("nan"), "not_number"),
        (NUMBER, 1e300, "not_number"),
        (WORDS, "  ", "no_text"),
        (WORDS, "я" * 2001, "too_long"),
        (CHOICE, "other", "no_choice"),
        (PHOTO, "a photo", "needs_photo"),
    ],
)
def test_what_is_no_answer_is_said_so(item: rules.Item, value: Any, error: str) -> None:
    assert rules.judge(item, value) == (None, f"checklists.{error}")


@pytest.mark.parametrize(
    ("typed", "value"),
    [("-18,5", -18.5), ("−18", -18), ("1 200", 1200), ("4.0", 4), ("cold", "cold"), (7, 7), ("nan", None)],
)
def test_a_typed_number_is_read(typed: Any, value: Any) -> None:
    found = rules.read_value(NUMBER, typed)
    assert found == value or (value is None and found != found)


@pytest.mark.parametrize("item", [YES, NO, NUMBER, CHOICE])
def test_what_has_a_norm_may_open_an_order_and_name_whom_to_call(item: rules.Item) -> None:
    more = {"opens": True, "phone": "+79161234567"}
    assert rules.validate_template([item | more]) == [{"required": False} | item | more]


def test_a_good_template_is_kept_with_its_defaults() -> None:
    kept = rules.validate_template([NUMBER, YES, NO | {"code": "n"}, WORDS, CHOICE, PHOTO | {"required": True}])
    assert [item["required"] for item in kept] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([], "count"),
        ([YES] * 101, "count"),
        ([YES, YES], "code"),
        ([{**YES, "code": ""}], "code"),
        ([{**YES, "code": "x" * 33}], "code"),
        (["yes"], "code"),
        ([{**YES, "type": "stars"}], "type"),
        ([{**YES, "text": {"ru": "Да"}}], "text"),
        ([{**YES, "text": "Да"}], "text"),
        ([{**YES, "hint": {"ru": "", "en": ""}}], "text"),
        ([{**YES, "required": "yes"}], "required"),
        ([{**YES, "norm": "yes"}], "norm"),
        ([{**YES, "colour": "red"}], "key"),
        ([{**NUMBER, "min": 6}], "norm"),
        ([{**NUMBER, "min": "0"}], "norm"),
        ([{**NUMBER, "unit": 5}], "unit"),
        ([{**YES, "phone": "8 916 123-45-67"}], "phone"),
        ([{**YES, "phone": "02"}], "phone"),
        ([{**YES, "phone": 79161234567}], "phone"),
        ([{**YES, "opens": "yes"}], "opens"),
        ([{**WORDS, "opens": True}], "opens"),
        ([{**PHOTO, "opens": True}], "opens"),
        ([{"code": "t", "type": "number", "text": TEXT, "opens": True}], "opens"),
        ([{**CHOICE, "choices": [{"code": one, "text": TEXT} for one in "ab"], "opens": True}], "opens"),
        ([{**CHOICE, "choices": []}], "choices"),
        ([{**CHOICE, "choices": [{"code": "a", "text": TEXT}] * 2}], "choices"),
        ([{**CHOICE, "choices": [{"code": "a", "text": TEXT}, {"code": "b"}]}], "choices"),
    ],
)
def test_a_bad_template_is_refused_with_the_reason(items: Any, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.validate_template(items)
    assert refused.value.data["reason"] == reason


def test_required_items_are_missing_until_answered() -> None:
    blank = {"required": True, "value": None, "file_id": None}
    items = [YES | blank, PHOTO | blank, WORDS | {**blank, "required": False}]
    assert rules.missing(items) == ["y", "p"]
    assert rules.missing([items[0] | {"value": False}, items[1] | {"file_id": 5}]) == []
    assert rules.missing([items[1] | {"value": "x"}]) == ["p"]
