"""Simulated days: the same seed is the same day, every order is lived through in the real rooms, figures add up."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import orjson
import pytest

from core.kernel.read import fetch, fetchval
from core.kernel.words import words
from naryad.errors import OperatorError
from naryad.simulation import hands
from naryad.simulation.day import CLOSING, OPENING, make_day, travel_seconds
from naryad.simulation.figures import Figures, interval, ratio
from naryad.simulation.hands import Greedy, Manual, Planner, Robot
from naryad.simulation.kept import read
from naryad.simulation.life import Hand
from naryad.simulation.play import live
from naryad.simulation.report import page, travel_ratio

SEED, TECHNICIANS, ORDERS = 3, 5, 14


def test_a_seed_is_a_day() -> None:
    day = make_day(SEED, 40, 200)
    assert day == make_day(SEED, 40, 200) != make_day(SEED + 1, 40, 200)
    assert len(day.workers) == 40
    assert [one.at for one in day.requests] == sorted(one.at for one in day.requests)
    assert all(OPENING <= one.at <= CLOSING and 600 <= one.work <= 3 * 3600 for one in day.requests)
    assert all(one.wanted is None or one.at < one.wanted[0] < one.wanted[1] for one in day.requests)


def test_a_way_takes_as_long_back() -> None:
    here, there = (55.75, 37.6), (55.80, 37.7)
    assert travel_seconds(here, here) == 0
    assert travel_seconds(here, there) == pytest.approx(travel_seconds(there, here))
    assert 25 * 60 < travel_seconds(here, there) < 40 * 60


HANDS = [Robot(), Planner(), Greedy(), Manual(SEED, TECHNICIANS)]


@pytest.mark.parametrize("hand", HANDS, ids=["robot", "planner", "greedy", "manual"])
async def test_a_day_is_lived_through(desk: str, hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "PLANS_EVERY", 3 * 3600.0)
    figures, life = await live(hand, make_day(SEED, TECHNICIANS, ORDERS))
    name = type(hand).__name__.lower()
    assert figures.hand == name
    assert await fetchval("SELECT count(*) FROM orders_orders") == ORDERS
    places = await fetch("SELECT o.id, s.lat, s.lon FROM orders_orders o JOIN customers_sites s ON s.id = o.site_id")
    assert {row["id"]: (row["lat"], row["lon"]) for row in places} == {
        number: pytest.approx(request.place) for number, request in life.requests.items()
    }, "the desk sends people where the day has the customer"
    visited = await fetch("SELECT * FROM orders_jobs WHERE done_at IS NOT NULL")
    assert len(visited) >= ORDERS * 0.7
    assert figures.done == pytest.approx(100 * len(visited) / ORDERS)
    assert all(row["travelling_at"] <= row["arrived_at"] <= row["done_at"] for row in visited)
    driven = sum((row["arrived_at"] - row["travelling_at"]).total_seconds() for row in visited)
    assert driven == pytest.approx(sum(life.travel.values()), abs=2 * len(visited))
    assert figures.travel == pytest.approx(driven / 60 / len(visited), abs=0.1)
    assert figures.touches == pytest.approx(100 * sum(figures.causes.values()) / ORDERS)
    if name == "manual":
        assert figures.causes["assign"] >= ORDERS
    if name == "planner":
        asked = await fetch("SELECT state FROM plan_changes WHERE cause = 'day'")
        assert figures.causes["plan"] == len(asked) > 0
        assert {row["state"] for row in asked} <= {"applied", "dropped"}
    assert await fetchval("SELECT count(*) FROM tasks_tasks WHERE state = 'dead'") == 0
    assert await fetchval("SELECT count(*) FROM timers_timers WHERE dead_at IS NOT NULL") == 0


def figures(hand: str, seed: int, travel: float) -> Figures:
    return Figures(hand, seed, 99.0, travel, 12.0, 50.0, 98.0, 1.0, (0.2, 0.55, 1.3), {"call": 2})


def test_intervals_hold_the_mean_and_a_single_day_is_itself() -> None:
    assert interval([5.0]) == interval([5.0, 5.0])
    found = interval([1.0, 2.0, 3.0, 4.0])
    assert found.low < found.mean == 2.5 < found.high
    assert ratio([3.0, 6.0], [4.0, 8.0]).mean == 0.75


def test_hands_are_compared_on_the_days_that_both_played() -> None:
    played = [figures("robot", seed, 10.0 * seed) for seed in (3, 2, 1)] + [figures("manual", 2, 40.0)]
    found = travel_ratio(played, "robot")
    assert found is not None
    assert found.mean == 0.5
    assert travel_ratio(played[:3], "robot") is None


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_the_report_shows_every_hand(locale: str) -> None:
    played = [figures(hand, seed, 20.0 + seed) for hand in ("robot", "manual") for seed in (1, 2)]
    say = words("cli", locale)
    text = page(played, 10, 35, say)
    assert text.count('<rect class="robot"') == text.count('<rect class="manual"') == 11
    for part in (say.text("simulate.hand.robot"), say.text("simulate.cause.call"), say.text("simulate.measure.sla")):
        assert part in text
    assert say.text("simulate.hand.greedy") not in text
    assert say.text("simulate.how.greedy") not in text


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "days.jsonl"


def test_kept_days_are_those_of_their_size_and_the_later_one_counts(record: Path) -> None:
    kept = read(record, 10, 35)
    for travel in (20.0, 21.0):
        kept.add(figures("robot", 1, travel))
    read(record, 10, 36).add(figures("robot", 1, 9.0))
    assert read(record, 10, 35).days == kept.days == {("robot", 1): figures("robot", 1, 21.0)}
    assert read(record, 10, 35).played == kept.played
    assert read(None, 10, 35).days == {}


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b'{"technicians":10}', b"\xff", b'{"technicians":1,"orders":1,"played":1}']
)
def test_a_file_of_something_else_is_told_with_its_line(record: Path, line: bytes) -> None:
    read(record, 10, 35).add(figures("robot", 1, 20.0))
    record.write_bytes(record.read_bytes() + line)
    with pytest.raises(OperatorError) as told:
        read(record, 10, 35)
    assert (told.value.code, told.value.data["line"]) == ("simulate.not_days", 2)


def test_a_day_that_is_kept_is_not_played_again(naryad: Callable[..., CompletedProcess[str]], record: Path) -> None:
    def simulate(*hands: str) -> str:
        wanted = [word for hand in hands for word in ("--hand", hand)]
        sizes = ("--days", "1", "--technicians", "3", "--orders", "4")
        done = naryad("simulate", *sizes, *wanted, "--keep", str(record))
        assert done.returncode == 0, done.stderr
        return done.stdout

    simulate("greedy")
    [day] = record.read_text().splitlines()
    first = simulate("greedy", "manual")
    kept = record.read_text()
    assert kept.splitlines()[0] == day
    assert [orjson.loads(line)["hand"] for line in kept.splitlines()] == ["greedy", "manual"]
    assert simulate("greedy", "manual") == first
    assert record.read_text() == kept
