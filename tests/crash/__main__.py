"""`make crash`: the whole campaign and its figures. `--runs` deaths at named boundaries and at random moments; with
them, in proportion, restarts of real processes, deaths of servers and troubles of the messenger. Ctrl-C ends it with a
last look and the figures so far."""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.crash.campaign import Broken, Campaign, Mix, campaign

ROUND, LOOK = 500, 100
RESTARTS, SERVERS = Mix(desks=2, bots=3, workers=3, postgresql=1, valkey=1), 2
TROUBLE_S = 2.0


async def _round(run: Campaign, deaths: int, number: int, died: Callable[[], None], enough: asyncio.Event) -> None:
    """Deaths of forks, one in ten at any moment, with a look after each hundred; then a few of everything else."""
    for at in range(deaths):
        if enough.is_set():
            await run.check(f"round {number}, death {at}")
            return
        await (run.moment() if at % 10 == 9 else run.failpoint())
        died()
        if at % LOOK == LOOK - 1 or at == deaths - 1:
            await run.check(f"round {number}, death {at + 1}")
    if number % 2 == 0:
        await run.restarts(RESTARTS)
        await run.check(f"the restarts of round {number}")
    else:
        await run.servers(SERVERS)
        await run.check(f"the servers' deaths of round {number}")
        await run.faults(TROUBLE_S)
        await run.check(f"the messenger's troubles of round {number}")


async def main(runs: int, seed: int, folder: Path) -> int:
    began = time.monotonic()
    failed = 0
    console = Console(stderr=True)
    enough = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, enough.set)
    columns = (TextColumn("{task.completed} of {task.total} deaths"), BarColumn(), TimeElapsedColumn())
    async with campaign(seed, folder) as run:
        try:
            with Progress(*columns, console=console) as progress:
                bar = progress.add_task("", total=runs)
                for number, start in enumerate(range(0, runs, ROUND)):
                    await _round(run, min(ROUND, runs - start), number, lambda: progress.advance(bar), enough)
                    if enough.is_set():
                        break
                    done, minutes = min(start + ROUND, runs), (time.monotonic() - began) / 60
                    progress.console.print(f"{done} of {runs} deaths, {minutes:.1f} min, every promise kept")
        except Broken as broken:
            failed = 1
            console.print(f"\n{broken}\n", markup=False)
        except Exception:
            failed = 1
            console.print_exception()
        figures = await run.table()
    width = 46
    for name, value in figures:
        sys.stdout.write(f"{name:<{width}} {value:>9,}\n")
    sys.stdout.write(f"{'minutes':<{width}} {(time.monotonic() - began) / 60:>9.1f}\n")
    sys.stdout.write(f"{'promises broken':<{width}} {failed:>9}\n")
    if failed:
        sys.stdout.write(f"seed {seed}; what people did and what the desk said: {folder}\n")
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="deaths of forks (default: 10,000)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the people and of the deaths")
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.runs, given.seed, Path(tempfile.mkdtemp(prefix="naryad-crash-")))))
