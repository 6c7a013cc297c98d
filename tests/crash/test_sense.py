"""What awaits a person is told from what stands on the telephone; who has pressed waits before they press again."""

from typing import Any

import pytest

from tests.crash.sense import WAIT, Sense, Step

CARD = [["job.finish:7:9:+", "job.photo:7:9:+!", "job.lines:7:9:+"]]


def message(id: int, rows: list[list[str]], text: str = "") -> dict[str, Any]:
    """A message; a button that ends with `!` is big."""
    keyboard = [
        [{"callback_data": data.rstrip("!"), **({"style": "primary"} if data.endswith("!") else {})} for data in row]
        for row in rows
    ]
    return {"message_id": id, "text": text, "reply_markup": {"inline_keyboard": keyboard}}


def told(step: Step | None) -> str | None:
    return step and (step.button.data if step.button else step.what)


STEPS: dict[str, tuple[list[dict[str, Any]], str | None]] = {
    "nothing is there": ([message(1, [["offer.decline:3:0:"]])], None),
    "an offer": ([message(1, [["offer.accept:3:0:", "offer.decline:3:0:"]])], "offer.accept:3:0:"),
    "a job before an offer": (
        [message(1, [["job.go:7:2:+!"]]), message(2, [["offer.accept:3:0:"]])],
        "job.go:7:2:+",
    ),
    "the job that is nearest to its end": (
        [message(1, [["job.arrive:8:2:+!"]]), message(2, [["job.go:7:2:+!"]])],
        "job.arrive:8:2:+",
    ),
    "what the card wants first": ([message(1, CARD)], "job.photo:7:9:+"),
    "a photo that was asked for": (
        [message(1, CARD), message(2, [["job.open:7:9:"], ["job.photo:7:9:after"]])],
        "photo",
    ),
    "the photo has come": (
        [message(1, CARD), message(2, [["job.open:7:9:!"], ["job.photo:7:9:after"]])],
        "job.photo:7:9:+",
    ),
    "yes or no": (
        [message(1, CARD), message(2, [["check.set:7:0:0.yes!", "check.set:7:0:0.no"], ["job.check:7:0:list"]])],
        "check.set:7:0:0.yes",
    ),
    "a number": ([message(1, CARD), message(2, [["job.check:7:0:list"]], "Температура. Напишите число")], "number"),
    "a photo of the list": ([message(1, CARD), message(2, [["job.check:7:0:list"]], "Шильдик. Нужно фото")], "photo"),
    "a number off the norm": (
        [message(1, CARD), message(2, [["check.keep:7:0:1!"], ["job.check:7:0:1"]])],
        "check.keep:7:0:1",
    ),
    "where lines are taken from": (
        [message(1, CARD), message(2, [["line.list:7:0:work.0!"], ["job.open:7:0:", "job.lines:7:0:2"]])],
        "line.list:7:0:work.0",
    ),
    "which line": (
        [message(1, CARD), message(2, [["line.open:7:0:1"], ["line.list:7:0:van.0"], ["job.lines:7:0:"]])],
        "line.open:7:0:1",
    ),
    "how it ended": (
        [message(1, CARD), message(2, [["job.finish:7:9:done!"], ["job.finish:7:9:partly"]])],
        "job.finish:7:9:done",
    ),
    "what is missing": (
        [message(1, CARD), message(2, [["job.check:7:9:!"], ["job.lines:7:9:"]])],
        "job.check:7:9:",
    ),
    "a question about another job": (
        [message(1, CARD), message(2, [["job.finish:6:9:done!"]])],
        "job.photo:7:9:+",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STEPS)
def test_a_technician_does_what_comes_next(case: str) -> None:
    history, expected = STEPS[case]
    assert told(Sense().technician(history)) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [("sign.ok:4:1:", True), ("rate.speed:9:0:1", True), ("rate.done:9:0:", True), ("consent.yes:0:0:", True),
     ("order.cancel:9:3:", False), ("rate.again:9:0:speed", False)],
)  # fmt: skip
def test_a_customer_signs_and_rates(data: str, expected: bool) -> None:
    assert told(Sense().customer([message(1, [[data]])])) == (data if expected else None)


def test_what_waits_for_another_is_not_taken_for_pressed() -> None:
    one, history = Sense(), [message(1, [["rate.done:9:0:"]]), message(2, [["sign.ok:4:1:"]])]
    assert [told(one.customer(history)) for _ in range(3)] == ["sign.ok:4:1:", "rate.done:9:0:", None]


def test_who_has_pressed_waits_longer_each_time() -> None:
    clock = [0.0]
    one, history = Sense(lambda: clock[0]), [message(1, [["job.go:7:2:+!"]])]
    pressed = []
    for second in range(40):
        clock[0] = float(second)
        if one.technician(history) is not WAIT:
            pressed.append(second)
    assert pressed == [0, 3, 13, 23, 33]


def test_a_question_that_stays_is_answered_twice_and_then_the_card_is_asked() -> None:
    one, history = Sense(), [message(1, CARD), message(2, [["job.check:7:0:list"]], "Число?")]
    assert [told(one.technician(history)) for _ in range(4)] == ["number", "number", "job.photo:7:9:+", "wait"]
