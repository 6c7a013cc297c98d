"""`make soak`: a week of simulated time with workers that are killed, and its figures. `--days` for less; Ctrl-C ends
it with a look at what there was until then."""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from core.company import actions as company
from core.kernel import ids
from core.kernel.clock import now
from core.kernel.database import database
from core.kernel.words import load as load_words
from core.kernel.work import work
from core.people import actions as people
from naryad.embedded import embedded
from naryad.migrate import migrate
from tests.crash.ground import memory
from tests.soak.ledger import KINDS
from tests.soak.run import Stuck, Verdict, soak
from tests.world import build_world

SHOWN = 30


async def main(days: float, a_day: int, seed: int, folder: Path) -> int:
    began = time.monotonic()
    console = Console(stderr=True)
    columns = (TextColumn("{task.completed:.1f} of {task.total:.1f} hours"), BarColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="naryad-soak-", dir=memory()) as home:
        Path(home).chmod(0o755)
        async with embedded(Path(home)) as servers:
            await migrate(servers.database_url)
            load_words()
            ids.use(ids.Keys(["the secret of a soak"]))
            async with database(servers.database_url, pool=4):
                async with work():
                    await company.ensure()
                    await people.ensure_roles()
                async with soak(
                    servers.database_url,
                    await build_world(),
                    folder,
                    days,
                    seed,
                    orders=round(a_day * days),
                    ticks=round(a_day * days * 4),
                ) as run:
                    asyncio.get_running_loop().add_signal_handler(
                        signal.SIGINT, lambda: setattr(run.life, "until", now())
                    )
                    start, failed = now(), ""
                    with Progress(*columns, console=console) as progress:
                        bar = progress.add_task("", total=days * 24)

                        def moved(at: datetime) -> None:
                            progress.update(bar, completed=(at - start).total_seconds() / 3600)

                        try:
                            await run.play(moved)
                        except Stuck as stuck:
                            failed = str(stuck)
                    verdict = await run.judge()
                    figures = {"hours of simulated time": f"{(now() - start).total_seconds() / 3600:.1f}"}
                    figures |= {"what people did": f"{run.life.done:,}", "orders": f"{len(run.life.stories):,}"}
                    figures |= {name: f"{count:,}" for name, count in sorted(run.figures.items())}
    return _report(verdict, figures, failed, began, seed, folder)


def _report(verdict: Verdict, figures: dict[str, str], failed: str, began: float, seed: int, folder: Path) -> int:
    figures |= {"timers and tasks": f"{sum(verdict.count(what) for what in KINDS):,}"}
    figures |= dict(verdict.table())
    figures |= {"minutes": f"{(time.monotonic() - began) / 60:.1f}", "load average": f"{os.getloadavg()[1]:.1f}"}
    for name, value in figures.items():
        sys.stdout.write(f"{name:<38} {value:>9}\n")
    for line in [*verdict.worst(), *filter(None, [failed]), *verdict.broken[:SHOWN]]:
        sys.stdout.write(f"{line}\n")
    if failed or verdict.broken:
        sys.stdout.write(f"seed {seed}; what the workers said: {folder}\n")
    return int(bool(failed or verdict.broken))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--days", type=float, default=7, help="of simulated time (default: 7)")
    parser.add_argument("--orders", type=int, default=24, help="a day (default: 24)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the people and of the deaths")
    given = parser.parse_args()
    where = Path(tempfile.mkdtemp(prefix="naryad-soak-log-"))
    sys.exit(asyncio.run(main(given.days, given.orders, given.seed, where)))
