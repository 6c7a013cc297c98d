"""The desk under test in a process of its own: the real bots and workers, without Telegram's limits of speed.

`python -m tests.crash.desk bot,worker` is a desk until SIGTERM. `python -m tests.crash.desk forks bot,worker` is a
warmed process that forks a desk for each line it reads (a failpoint such as `work.before_commit:3`, or an empty line
for none), prints the fork's process id, and when it has ended its exit status. Both end with whoever started them.
"""

import asyncio
import gc
import importlib
import io
import os
import signal
import sys
import traceback
from datetime import UTC, datetime
from functools import cache
from typing import Any

import asyncpg
import uvloop
from PIL import Image
from tortoise import Tortoise, connections

from core.kernel import failpoints, formats
from core.kernel.connection import Connection
from core.kernel.database import model_modules, tortoise_config
from core.kernel.words import load as load_words
from naryad import app
from naryad.background import ROOMS
from naryad.settings import Settings, load
from tests.crash.leash import die_with_parent

WARM = (
    "core.kernel.engine",
    "core.reactions",
    *ROOMS,
    "core.dispatch.crew",
    "core.dispatch.helping",
    "core.dispatch.scoring",
    "core.dispatch.settle",
    "core.sources.worker",
    "core.tasks.worker",
    "core.timers.worker",
    "naryad.housekeeping",
    "naryad.outgoing",
    "naryad.redis",
    "webhooks.fetch",
    "webhooks.mailbox",
    "bot.customer.app",
    "bot.dispatcher.app",
    "bot.letters.sender",
    "bot.technician.app",
    "bot.telegram.moves",
    "bot.telegram.service",
    "encodings.idna",
    "phonenumbers.data.region_RU",
    "pillow_heif.as_plugin",
)
LONGEST_S = 900
TIMEOUT_S = 2.0
SEARCH_S = 0.1
ARRAYS = (
    "bool",
    "bytea",
    "date",
    "float8",
    "int4",
    "int8",
    "jsonb",
    "numeric",
    "text",
    "timestamptz",
    "uuid",
    "varchar",
)
POOL = 8
"""Connections of a fork: each costs the server more than a death is worth, and works wait for them now and then."""


def without_limits() -> None:
    """As fast as the simulator answers: what is tested is order and loss, not pace."""
    bots = app._bots

    def quick(settings: Settings) -> Any:
        from bot.telegram.limits import Limits

        made = bots(settings)
        for one in made.values():
            one.settings.limits, one.settings.timeout_s, one.settings.poll_s = Limits.none(), TIMEOUT_S, 5
        return made

    app._bots = quick


@cache
def settings() -> Settings:
    return load()


def run(parts: str) -> None:
    uvloop.run(_run(parts))


async def _run(parts: str) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, tell_what_it_waits_for)
    await app._run(settings(), frozenset(parts.split(",")))


def tell_what_it_waits_for() -> None:
    """Where every task stands, into the log: for a desk that does not come to rest."""
    for task in asyncio.all_tasks():
        sys.stderr.write(f"{task.get_name()} {task.get_coro()}\n")
        step: Any = task.get_coro()
        while step is not None:
            frame = (
                getattr(step, "cr_frame", None) or getattr(step, "ag_frame", None) or getattr(step, "gi_frame", None)
            )
            if frame is not None:
                sys.stderr.write(f"    {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}\n")
            step = next(
                (there for name in ("cr_await", "ag_await", "gi_yieldfrom") if (there := getattr(step, name, None))),
                None,
            )
    sys.stderr.flush()


def fork(parts: str, failpoint: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        die_with_parent()
        os.dup2(2, 1)
        signal.alarm(LONGEST_S)
        failpoints.arm(failpoint or None)
        run(parts)
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


async def _migrated(_: str) -> list[str]:
    """Forks find the schema as their parent's parent made it."""
    return []


def warm() -> None:
    """What every fork would do alike is done before: modules and catalogues read, and nobody tells Telegram the bots'
    profiles."""
    for name in (*WARM, *model_modules()):
        importlib.import_module(name)
    import naryad.wiring
    from bot.telegram import profile
    from core.dispatch.planning.solve import warm_up
    from core.plan.solver import Solver

    present = profile.present

    async def unpresented(*given: Any) -> None:
        await present(*given[:5])

    naryad.wiring.migrate = _migrated
    naryad.wiring.POOL = POOL
    profile.present = unpresented
    load_words()
    for locale in ("ru", "en"):
        formats.date(datetime.now(UTC), locale, UTC, "day")
    Image.init()
    warm_up()
    Solver.ask = _searched_here  # type: ignore[method-assign]
    asyncio.run(_models())


async def _models() -> None:
    """The models are wired together once, and PostgreSQL is asked once what its own types are; each fork opens a pool
    and connections of its own."""
    url = settings().database_url or ""
    await Tortoise.init(config=tortoise_config(url, pool=POOL), _enable_global_fallback=True)
    connections.discard("default")
    Tortoise.init = _wired  # type: ignore[method-assign]
    line = await asyncpg.connect(url, connection_class=Connection)
    for kind in ARRAYS:
        await line.fetchval(f"SELECT NULL::{kind}[]")
    await line.close()


async def _wired(**_: Any) -> None:
    """Forks find the models as the warmed process has wired them."""


async def _searched_here(_: Any, kind: str, instance: Any, asked: Any, told: Any = None) -> Any:
    """The optimiser, compiled already, in a thread: a fork does not live as long as a process of its own takes to
    begin, and would begin one each time."""
    from core.plan.serve import answered, said

    question = said((kind, instance, SEARCH_S if kind == "plan" else asked))
    return await asyncio.to_thread(answered, question, io.BytesIO())


def forks(parts: str) -> None:
    warm()
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := sys.stdin.readline():
        pid = fork(parts, line.strip())
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    die_with_parent()
    without_limits()
    if sys.argv[1] == "forks":
        forks(sys.argv[2])
    else:
        run(sys.argv[1])
