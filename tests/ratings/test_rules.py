"""Marks, by tables."""

from typing import Any

import pytest

from core.kernel.errors import Refusal
from core.ratings.rules import average, check_mark, is_low


@pytest.mark.parametrize(
    ("marks", "low"), [((5, 5, 5), False), ((5, 3, 5), True), ((None, None, None), False), ((None, 1, None), True)]
)
def test_one_low_mark_is_enough(marks: tuple[int | None, ...], low: bool) -> None:
    assert is_low(marks, 3) is low


@pytest.mark.parametrize(("marks", "mean"), [((5, 4, 3), 4.0), ((5, None, 4), 4.5), ((None,), None), ((5, 5, 4), 4.67)])
def test_the_mean_is_of_what_was_given(marks: tuple[int | None, ...], mean: float | None) -> None:
    assert average(marks) == mean


@pytest.mark.parametrize("value", [0, 6, True, "5", 4.5, None])
def test_a_mark_is_one_to_five(value: Any) -> None:
    with pytest.raises(Refusal, match="bad_mark"):
        check_mark(value)
