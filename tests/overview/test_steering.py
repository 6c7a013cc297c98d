"""What can be done to each of an order's jobs by buttons of its own."""

from typing import Any

import pytest

from core.orders.rules import order_state
from core.overview.steering import job_steps, steps_beside

PYOTR = {"id": 3, "name": "Пётр Ким"}


def order(*jobs: str, **of_last: Any) -> dict[str, Any]:
    """Jobs as `done`, `done/part_needed`, `new`…; all but the new have a technician."""
    made = []
    for n, told in enumerate(jobs):
        state, _, outcome = told.partition("/")
        who = None if state in ("new", "offered") else PYOTR
        made.append({"id": n, "state": state, "outcome": outcome or None, "assignee": who, "return_of": None})
    made[-1].update(of_last)
    return {"state": order_state(job["state"] for job in made), "jobs": made}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (order("travelling"), {}),
        (order("done/part_needed"), {}),
        (order("travelling", "new"), {0: {"remind", "fix", "drop"}, 1: {"assign", "drop"}}),
        (order("done/part_needed", "travelling"), {0: {"fix", "return"}, 1: {"drop"}}),
        (order("travelling", "done/part_needed"), {0: {"drop"}, 1: {"fix", "return"}}),
        (order("done/no_access", "done/done"), {0: {"fix", "return"}}),
        (order("done/no_access", "travelling", return_of=0), {0: {"fix"}, 1: {"drop"}}),
        (order("done/no_access", "cancelled", return_of=0), {0: {"fix", "return"}}),
        (order("closed/done", "assigned"), {1: {"drop"}}),
    ],
)
def test_each_job_has_what_can_be_done_to_it(facts: dict[str, Any], expected: dict[int, set[str]]) -> None:
    assert {job_id: set(can) for job_id, can in steps_beside(facts).items()} == expected


def test_a_job_of_another_order_has_nothing() -> None:
    assert job_steps(order("new"), None) == ()
