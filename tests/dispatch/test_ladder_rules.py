"""Which step of a ladder is due, and whom it can't reach."""

import pytest

from core.dispatch.rules import Step, out_of_reach, steps_due

STEPS = ((60, "chat"), (120, "sms"), (180, "voice"))


@pytest.mark.parametrize(
    ("told", "elapsed", "due", "coming"),
    [
        (0, 0, (), STEPS[0]),
        (0, 59.9, (), STEPS[0]),
        (0, 60, STEPS[:1], STEPS[1]),
        (60, 60, (), STEPS[1]),
        (0, 125, STEPS[:2], STEPS[2]),
        (60, 9_999, STEPS[1:], None),
        (180, 9_999, (), None),
        (90, 100, (), STEPS[1]),
    ],
)
def test_each_step_is_due_once(told: int, elapsed: float, due: tuple[Step, ...], coming: Step | None) -> None:
    assert steps_due(STEPS, told, elapsed) == (list(due), coming)


def test_an_empty_ladder_has_no_steps() -> None:
    assert steps_due((), 0, 1_000) == ([], None)


@pytest.mark.parametrize(
    ("how", "chat", "phone", "vendor", "expected"),
    [
        ("chat", True, False, True, None),
        ("chat", False, True, True, "no_chat"),
        ("sms", True, True, True, None),
        ("sms", True, False, True, "no_phone"),
        ("voice", True, True, False, "no_vendor"),
        ("voice", True, False, False, "no_vendor"),
    ],
)
def test_why_somebody_is_not_told(how: str, chat: bool, phone: bool, vendor: bool, expected: str | None) -> None:
    assert out_of_reach(how, chat=chat, phone=phone, vendor=vendor) == expected
