"""What a finished job must have, and what its lines come to, by tables."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.company.rules import CHOICES
from core.kernel.errors import Refusal
from core.reports.rules import OnRecord, Point, billed_hours, check_quantity, grand_total, missing, parts, prove

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
    assert grand_total(parts(*line) for line in lines).amount == D("3063.54")
    assert grand_total([]).amount == 0


@pytest.mark.parametrize(
    ("minutes", "step", "minimum", "hours"),
    [
        (0, 30, 60, "1"),
        (0, 30, 0, "0"),
        (1, 15, 0, "0.25"),
        (59, 30, 60, "1"),
        (60, 30, 60, "1"),
        (61, 30, 60, "1.5"),
        (70, 15, 60, "1.25"),
        (70, 60, 0, "2"),
        (90, 30, 60, "1.5"),
        (10, 60, 50, "1"),
        (1800, 30, 60, "30"),
    ],
)
def test_hours_are_rounded_up(minutes: int, step: int, minimum: int, hours: str) -> None:
    assert billed_hours(minutes, step, minimum) == D(hours)


@given(
    st.integers(0, 10_000), st.integers(0, 600), st.sampled_from(CHOICES["labour_step"]), st.integers(0, 480),
    st.integers(1, 9),
)  # fmt: skip
def test_hours_only_grow(minutes: int, more: int, step: int, minimum: int, people: int) -> None:
    hours = billed_hours(minutes, step, minimum)
    assert billed_hours(minutes + more, step, minimum) >= hours
    assert hours * 60 >= max(minutes, minimum)
    assert hours * 60 < max(minutes, minimum) + step
    assert billed_hours(minutes, step, minimum + more) >= hours
    assert check_quantity(sum((hours for _ in range(people)), D(0))) == hours * people


@pytest.mark.parametrize("quantity", ["-1", "100000", "0.0001", "NaN", "Infinity"])
def test_a_quantity_has_bounds(quantity: str) -> None:
    with pytest.raises(Refusal, match="bad_quantity"):
        check_quantity(D(quantity))


CAME = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
SITE, NEAR, FAR = (55.75, 37.6), (55.7503, 37.6), (55.76, 37.6)


@pytest.mark.parametrize(
    ("taken_at", "taken", "live", "site", "said"),
    [
        (None, None, NEAR, SITE, ("sent", "live", 33, ())),
        (None, None, FAR, SITE, ("sent", "live", 1112, ("far",))),
        (None, NEAR, FAR, SITE, ("sent", "camera", 33, ())),
        (CAME - timedelta(hours=2), NEAR, FAR, SITE, ("camera", "camera", 33, ())),
        (CAME - timedelta(days=1, seconds=1), NEAR, None, SITE, ("camera", "camera", 33, ("old",))),
        (CAME - timedelta(days=2), FAR, None, SITE, ("camera", "camera", 1112, ("far", "old"))),
        (CAME - timedelta(hours=2), None, NEAR, SITE, ("camera", "live", 33, ())),
        (CAME - timedelta(hours=2), None, None, SITE, ("camera", "unknown", None, ())),
        (None, None, None, SITE, ("sent", "unknown", None, ())),
        (None, None, NEAR, None, ("sent", "live", None, ())),
    ],
)
def test_what_a_picture_proves(
    taken_at: datetime | None, taken: Point | None, live: Point | None, site: Point | None, said: tuple[object, ...]
) -> None:
    found = prove(CAME, taken_at, taken, live, site)
    metres = None if found.metres is None else round(found.metres)
    assert (found.when_by, found.place_by, metres, found.doubts) == said
    assert found.at == (taken_at or CAME)
