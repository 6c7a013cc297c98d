"""What a finished job must have, and what its lines come to, by tables."""

from decimal import Decimal as D

import pytest

from core.kernel.errors import Refusal
from core.reports.rules import OnRecord, check_quantity, grand_total, missing

NOTHING, ALL = OnRecord(0, 0, 0), OnRecord(1, 1, 1)
EVERYTHING = ["photo_before", "photo_after", "work_line"]


@pytest.mark.parametrize(
    ("outcome", "record", "before", "after", "wanted"),
    [
        ("done", NOTHING, True, True, EVERYTHING),
        ("done", NOTHING, False, False, ["work_line"]),
        ("done", OnRecord(1, 0, 2), True, True, ["photo_after"]),
        ("done", ALL, True, True, []),
        ("partly", NOTHING, True, True, ["photo_before", "photo_after"]),
        ("part_needed", NOTHING, True, True, ["photo_before"]),
        ("no_access", NOTHING, True, True, []),
    ],
)
def test_what_is_missing(outcome: str, record: OnRecord, before: bool, after: bool, wanted: list[str]) -> None:
    assert missing(outcome, record, before=before, after=after) == wanted


def test_each_line_is_rounded_by_itself() -> None:
    lines = [(D("0.333"), D("95.40")), (D("0.333"), D("95.40")), (D(2), D(1500))]
    assert grand_total(lines).amount == D("3063.54")
    assert grand_total([]).amount == 0


@pytest.mark.parametrize("quantity", ["-1", "100000", "0.0001", "NaN", "Infinity"])
def test_a_quantity_has_bounds(quantity: str) -> None:
    with pytest.raises(Refusal, match="bad_quantity"):
        check_quantity(D(quantity))
