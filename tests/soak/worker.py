"""A warmed process that forks a worker for each line it reads and prints its process id: the real timers and tasks
loops on the real database. `python -m tests.soak.worker URL CLOCK LOG RECOVER`: after so many seconds what a
dead one had in hand is taken. All end with whoever started them."""

import asyncio
import gc
import os
import signal
import sys
import traceback
from datetime import datetime, timedelta
from pathlib import Path

import tortoise.backends.asyncpg  # noqa: F401
import uvloop

import core.reactions  # noqa: F401
from core.kernel import hints, ids
from core.kernel.database import database
from core.kernel.words import load as load_words
from core.kernel.work import current
from core.tasks import worker as tasks
from core.tasks.actions import TaskRun, task
from core.timers.actions import Due, on_timer, set_timer
from core.timers.worker import timers_loop
from tests.crash.leash import die_with_parent
from tests.soak.tied import tie

_DID = "INSERT INTO soak_effects (what, key, at) VALUES ($1, $2, $3)"


@on_timer("soak.once")
async def once(due: Due) -> None:
    await current().execute(_DID, "once", due.key, current().now)


@on_timer("soak.every")
async def every(due: Due) -> None:
    """Sets itself anew by its own due time, so it never drifts."""
    await current().execute(_DID, "every", due.key, current().now)
    coming = due.due_at + timedelta(minutes=due.data["minutes"])
    if coming < datetime.fromisoformat(due.data["until"]):
        await set_timer(due.kind, due.key, coming, due.data)


@task("soak.task")
async def promised(run: TaskRun) -> None:
    async with run.commit() as w:
        await w.execute(_DID, "task", run.args["key"], w.now)


async def live(url: str) -> None:
    stop = asyncio.Event()
    async with database(url, pool=6), asyncio.TaskGroup() as nursery:
        for job in (hints.link(stop), timers_loop(stop), tasks.tasks_loop(stop)):
            nursery.create_task(job)


def main(url: str, face: Path, log: Path) -> None:
    die_with_parent()
    tie(face)
    load_words()
    ids.use(ids.Keys(["the secret of a soak"]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            _work(url, log)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _work(url: str, log: Path) -> None:
    try:
        die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        uvloop.run(live(url))
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


if __name__ == "__main__":
    tasks.RECOVER_S = float(sys.argv[4])
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
