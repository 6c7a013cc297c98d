"""Twenty days of a hundred technicians under each hand, in the desk's own rooms. Days that `docs/simulated.jsonl` keeps
are not played again (some two minutes each): remove its lines to play them with the code of today. `docs/simulated.md`
tells what is played, and shows `table()`.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from benchmarks.benchdesk import SECRET
from core.kernel import ids, words
from naryad.simulation.figures import Figures, Interval, interval, ratio
from naryad.simulation.kept import Kept, Which, read
from naryad.simulation.play import play

RECORD = Path(__file__).parents[1] / "docs/simulated.jsonl"
TECHNICIANS, SEEDS = 100, range(1, 21)
PLAYED = {450: ("robot", "planner", "manual"), 570: ("robot", "manual")}
SLA = {450: 99.0, 570: 98.0}
TRAVEL, PLANNED, TOUCHES = 0.70, 0.95, 15.0
MEASURES = {
    "sla": ("deadlines met", "%", 1),
    "travel": ("travel a job, minutes", "", 1),
    "touches": ("times somebody had to step in, a hundred orders", "", 1),
    "load": ("of the shift driving and working", "%", 1),
    "done": ("orders done on their day", "%", 2),
    "wait": ("minutes until somebody has the job, median", "", 1),
}
NAMES = {"robot": "robot", "planner": "robot, the rest of the day planned anew every hour", "manual": "people"}
Row = dict[str, Any]
Record = Mapping[int, Kept]


def run() -> list[Row]:
    words.load()
    ids.use(ids.Keys([SECRET]))
    record = kept()
    for orders, hands in PLAYED.items():
        asyncio.run(_play(record[orders], [(hand, seed) for seed in SEEDS for hand in hands]))
    played = max(one.played for one in record.values())
    return [{**row, "day": played} for row in _rows(record)]


def kept() -> Record:
    return {orders: read(RECORD, TECHNICIANS, orders) for orders in PLAYED}


async def _play(record: Kept, wanted: Sequence[Which]) -> None:
    missing = [which for which in wanted if which not in record.days]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as folder:
        async with aclosing(play(Path(folder), missing, TECHNICIANS, record.orders, lambda *_: None)) as days:
            async for day in days:
                record.add(day)


def _of(record: Record, orders: int, hand: str) -> dict[int, Figures]:
    """Those that were played, by seed."""
    return {seed: day for (name, seed), day in sorted(record[orders].days.items()) if name == hand and seed in SEEDS}


def _against(record: Record, orders: int, hand: str, other: str) -> Interval | None:
    """Travel a job, day by day of those that both played."""
    ours, theirs = _of(record, orders, hand), _of(record, orders, other)
    both = [seed for seed in ours if seed in theirs]
    return ratio([ours[seed].travel for seed in both], [theirs[seed].travel for seed in both]) if both else None


def _rows(record: Record) -> Iterator[Row]:
    for orders in PLAYED:
        days = _of(record, orders, "robot").values()
        about = f"{len(days)} days of {orders} orders, the robot"
        sla, touches = interval([day.sla for day in days]), interval([day.touches for day in days])
        yield _row(f"{about}: deadlines met", sla.mean, SLA[orders], sla.mean >= SLA[orders], "%")
        yield _row(f"{about}: stepping in, a hundred orders", touches.mean, TOUCHES, touches.mean <= TOUCHES, "times")
        yield from _ratio(f"{about}: travel a job over people's", _against(record, orders, "robot", "manual"), TRAVEL)
    planned = _against(record, 450, "planner", "robot")
    count = len(_of(record, 450, "planner"))
    yield from _ratio(f"{count} days of 450 orders, planned anew every hour: travel over the robot's", planned, PLANNED)


def _row(name: str, value: float, limit: float, holds: bool, unit: str) -> Row:
    return {"name": name, "value": value, "unit": unit, "limit": limit, "holds": holds}


def _ratio(name: str, found: Interval | None, limit: float) -> Iterator[Row]:
    if found is not None:
        yield _row(name, found.mean, limit, found.mean <= limit, "ratio")


def table() -> str:
    """The page's table: means with their 95 % intervals."""
    record = kept()
    columns = [(orders, hand) for orders, hands in PLAYED.items() for hand in hands if _of(record, orders, hand)]
    heads = [f"{NAMES[hand]}, {orders} orders" for orders, hand in columns]
    lines = [f"|  | {' | '.join([*heads, 'wanted'])} |", "|---" * (len(heads) + 2) + "|"]
    lines.append(_line("days", [str(len(_of(record, *column))) for column in columns], str(len(SEEDS))))
    wanted = {"sla": "99 %; with 570 orders 98 %", "touches": f"{TOUCHES:.0f}"}
    for name, (title, unit, digits) in MEASURES.items():
        values = [interval([getattr(day, name) for day in _of(record, *column).values()]) for column in columns]
        lines.append(_line(title, [_shown(value, unit, digits) for value in values], wanted.get(name, "")))
        if name == "travel":
            people = [_against(record, *column, "manual") if column[1] != "manual" else None for column in columns]
            lines.append(_line("travel against people's, day by day", map(_maybe, people), f"{TRAVEL:.2f}"))
            robot = [_against(record, *column, "robot") if column[1] == "planner" else None for column in columns]
            lines.append(_line("travel against the robot's, day by day", map(_maybe, robot), f"{PLANNED:.2f}"))
    return "\n".join(lines)


def _line(title: str, cells: Iterable[str], wanted: str) -> str:
    return f"| {' | '.join([title, *cells, wanted])} |"


def _maybe(value: Interval | None) -> str:
    return _shown(value, "", 2) if value else ""


def _shown(value: Interval, unit: str, digits: int) -> str:
    mean, low, high = (f"{number:.{digits}f}" for number in (value.mean, value.low, value.high))
    return f"{mean}{' ' + unit if unit else ''} ({low} … {high})"


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
