"""Distances, arrival times and the geofence, by tables."""

from math import cos, radians, sin

import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as st

from core.presence import rules
from core.presence.rules import Fence, Follow


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((55.7558, 37.6173), (55.7558, 37.6173), 0),
        ((55.7558, 37.6173), (59.9343, 30.3351), 634_000),
        ((0, 179.9), (0, -179.9), 22_239),
        ((90, 0), (-90, 0), 20_015_115),
        ((55.7522, 37.5970), (55.7522, 37.6002), 200),
    ],
)
def test_great_circles(one: tuple[float, float], other: tuple[float, float], metres: float) -> None:
    assert rules.haversine(*one, *other) == pytest.approx(metres, rel=0.005, abs=1)
    assert rules.haversine(*other, *one) == pytest.approx(rules.haversine(*one, *other))


POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(POINTS, POINTS)
def test_our_quick_distance_is_that_of_geopy(one: tuple[float, float], other: tuple[float, float]) -> None:
    assert rules.haversine(*one, *other) == pytest.approx(great_circle(one, other).meters, rel=1e-5, abs=0.05)


@pytest.mark.parametrize(("metres", "minutes"), [(0, 3), (1000, 6.375), (10_000, 36.75)])
def test_the_rest_of_the_way(metres: float, minutes: float) -> None:
    assert rules.eta_minutes(metres) == pytest.approx(minutes)


@pytest.mark.parametrize(
    ("told", "thought", "news"), [(None, 0, True), (0, 540, False), (0, 600, True), (600, 0, True), (0, -60, False)]
)
def test_an_arrival_time_is_news_when_it_moved_far_enough(told: float | None, thought: float, news: bool) -> None:
    assert rules.eta_is_news(told, thought, 10) is news


@pytest.mark.parametrize(
    ("seen", "arrives"),
    [
        ([(0, 500, None), (10, 300, None)], None),
        ([(0, 150, None)], None),
        ([(0, 150, None), (5, 160, None)], 5),
        ([(0, 150, None), (5, 300, None), (9, 150, None)], None),
        ([(0, 150, None), (5, 300, None), (9, 150, None), (12, 100, None)], 12),
        ([(0, 200, None), (1, 200, None)], 1),
        ([(0, 150, 900.0), (5, 150, 900.0)], None),
        ([(0, 150, 20.0), (5, 9000, 900.0), (9, 150, 20.0)], 9),
        ([(0, 150, None), (5, 150, None), (8, 150, None)], 5),
    ],
)
def test_two_positions_inside_prove_the_arrival_once(
    seen: list[tuple[float, float, float | None]], arrives: float | None
) -> None:
    fence = Fence()
    fired = [second for second, metres, accuracy in seen if fence.see(metres, 200, accuracy, second)]
    assert fired == ([] if arrives is None else [arrives])


def test_thirty_silent_seconds_inside_prove_it_too() -> None:
    fence = Fence()
    assert not fence.wait(100)
    fence.see(50, 200, None, 0)
    assert [second for second in (10, 29, 30, 31, 44, 46) if fence.wait(second)] == [30, 46]
    fence.see(5000, 200, None, 60)
    assert not fence.wait(200)


@pytest.mark.parametrize("place", [(91, 0), (0, 181), (float("nan"), 0), (float("inf"), 0)])
def test_what_is_not_on_the_globe_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(Exception, match="bad_place"):
        rules.check_place(*place)


@pytest.mark.parametrize("site", [(55.75, 37.6), (-33.9, 18.4), (0, 0), (69.3, 88.2)])
@pytest.mark.parametrize("bearing", range(0, 360, 15))
def test_the_box_holds_the_whole_fence(site: tuple[float, float], bearing: int) -> None:
    way = Follow(1, 1, 1, True, *site, None)
    way.fence_off(200)
    up, along = cos(radians(bearing)) * 200, sin(radians(bearing)) * 200
    lat = site[0] + up / rules.METRES_A_DEGREE
    lon = site[1] + along / rules.METRES_A_DEGREE / cos(radians(site[0]))
    assert rules.haversine(lat, lon, *site) == pytest.approx(200, rel=0.001)
    assert way.is_near(lat, lon)
    assert not way.is_near(site[0] + up * 2 / rules.METRES_A_DEGREE, site[1] + 2 * (lon - site[1]))


def test_nobody_is_near_a_site_without_a_place() -> None:
    way = Follow(1, 1, 1, True, None, None, None)
    way.fence_off(200)
    assert not way.is_near(0, 0)
