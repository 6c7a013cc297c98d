"""`make fuzz`: a million changed deliveries through every vendor's check and what follows from it. None may raise, none
may take over a second of processor time, and memory stays as it is."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tests.fuzz.run import Found, run

GROWTH = 32 << 20
MIB = 1 << 20


def main(bodies: int, seed: int, folder: Path) -> int:
    began, console = time.monotonic(), Console(stderr=True)
    columns = (TextColumn("{task.completed} of {task.total} bodies"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=bodies)
        found = run(bodies, seed, folder, lambda done: progress.update(bar, completed=done))
    sys.stdout.write(report(found, seed, time.monotonic() - began) + "\n")
    grown = found.rss[-1] - found.rss[0]
    if found.faults or found.slow:
        sys.stdout.write(f"kept in {folder} for `naryad hooks replay`\n")
    return 1 if found.faults or found.slow or grown > GROWTH else 0


def report(found: Found, seed: int, seconds: float) -> str:
    share = found.believed / max(1, found.bodies)
    start, middle, end = (one / MIB for one in (found.rss[0], found.rss[len(found.rss) // 2], found.rss[-1]))
    lines = [
        f"{found.bodies} bodies, seed {seed}, {seconds:.0f} s; {share:.0%} were believed and followed",
        f"raised or nonsense: {len(found.faults)}; over a second: {len(found.slow)}",
        f"longest: {found.longest[0]:.3f} s by the wall's clock ({found.longest[1]})",
        f"memory: {start:.0f} MiB at the start, {middle:.0f} in the middle, {end:.0f} at the end",
    ]
    return "\n".join([*lines, *dict.fromkeys(found.faults[:50]), *found.slow[:50]])


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bodies", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    given = arguments.parse_args()
    sys.exit(main(given.bodies, given.seed, given.keep))
