"""A warmed process that forks a worker for each number it reads and prints its process id: the real timers and tasks
loops on the real database. The word `probe` brings the control. `python -m tests.soak.worker URL CLOCK LOG`. All end
with whoever started them."""

import asyncio
import gc
import os
import signal
import sys
import traceback
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

import core.kernel.engine
import core.reactions  # noqa: F401
from core import ports
from core.adapters.disk import Disk
from core.kernel import hints, ids
from core.kernel.database import database
from core.kernel.words import load as load_words
from core.kernel.work import current, work
from core.tasks import worker as tasks
from core.tasks.actions import TaskRun, task
from core.timers.actions import Due, on_timer, set_timer
from core.timers.worker import timers_loop
from naryad import background
from tests.crash.leash import die_with_parent
from tests.soak.probe import beat
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


async def live(url: str, number: int) -> None:
    """A worker's life; it is alive from when it writes that it is."""
    stop = asyncio.Event()
    async with database(url, pool=6), asyncio.TaskGroup() as nursery:
        async with work() as w:
            await w.execute("INSERT INTO soak_workers (number) VALUES ($1)", number)
        for job in (hints.link(stop), timers_loop(stop), tasks.tasks_loop(stop)):
            nursery.create_task(job)


def main(url: str, face: Path, log: Path) -> None:
    die_with_parent()
    tie(face)
    load_words()
    background.learn()
    ids.use(ids.Keys(["the secret of a soak"]))
    ports.use(storage=Disk(log.with_name("files")))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _work(beat(url) if line == "probe\n" else live(url, int(line)), log)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _work(life: Coroutine[Any, Any, None], log: Path) -> None:
    try:
        die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        uvloop.run(life)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
