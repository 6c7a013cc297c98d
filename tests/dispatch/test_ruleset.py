"""What a rule set of the robot may say."""

import pytest

from core.dispatch.rules import DEFAULT_WEIGHTS, MODES, check_ruleset
from core.kernel.errors import Refusal


@pytest.mark.parametrize("mode", MODES)
def test_the_usual_weights_fit_every_mode(mode: str) -> None:
    check_ruleset(mode, 3, 300, DEFAULT_WEIGHTS)


@pytest.mark.parametrize(
    ("mode", "width", "seconds", "weights", "field"),
    [
        ("magic", 1, 300, {}, "mode"),
        ("auto", 0, 300, {}, "width"),
        ("auto", 51, 300, {}, "width"),
        ("auto", 1, 14, {}, "offer_seconds"),
        ("auto", 1, 86_401, {}, "offer_seconds"),
        ("auto", 1, 300, {"luck": 1.0}, "luck"),
        ("auto", 1, 300, {"travel": float("nan")}, "travel"),
        ("auto", 1, 300, {"travel": 1000.5}, "travel"),
        ("auto", 1, 300, {"max_open": 0.0}, "max_open"),
    ],
)
def test_the_wrong_field_is_named(mode: str, width: int, seconds: int, weights: dict[str, float], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_ruleset(mode, width, seconds, weights)
    assert (refused.value.code, refused.value.data["field"]) == ("dispatch.bad_ruleset", field)
