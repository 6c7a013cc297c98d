"""The optimiser, asked from the event loop: it works in processes of its own, so that a plan of a thousand visits
stalls nobody. One process searches for whole days, another places single orders at once; each begins with the first
question and ends by itself when idle."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from core.dispatch.planning.instance import Instance
from core.kernel.errors import Outage
from core.plan.serve import LONG, packed, said

LENGTH = 4
LONGEST_S = 240.0
Progress = Callable[[float], Awaitable[None]]


class Solver:
    """One process, one question at a time. A process that died is begun anew, once. `module` answers in it as
    `core/plan/serve.py` does, in `longest` seconds at most."""

    def __init__(self, *arguments: str, module: str = "core.plan.serve", longest: float = LONGEST_S) -> None:
        self.arguments = ("-m", module, *arguments)
        self.longest = longest
        self.child: asyncio.subprocess.Process | None = None
        self.lock: asyncio.Lock | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, *question: Any, told: Progress | None = None) -> Any:
        """The answer; `Outage` when it failed, took too long (both for good) or died twice. An exception out of `told`,
        or a cancelled caller, ends the search with its process."""
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self.loop, self.lock, self.child = loop, asyncio.Lock(), None
        assert self.lock is not None
        async with self.lock:
            for last in (False, True):
                try:
                    async with asyncio.timeout(self.longest):
                        return await self._asked(question, told)
                except TimeoutError as error:
                    await self._end()
                    raise Outage("planner", "too long", permanent=True) from error
                except (EOFError, OSError) as error:
                    await self._end()
                    if last:
                        raise Outage("planner", "died") from error
                except BaseException:
                    await self._end()
                    raise
        return None

    async def _asked(self, question: tuple[Any, ...], told: Progress | None) -> Any:
        child = self.child
        if child is None or child.returncode is not None:
            child = self.child = await _begin(self.arguments)
        assert child.stdin is not None
        child.stdin.write(await asyncio.to_thread(_written, question))
        await child.stdin.drain()
        while True:
            kind, result = await _read(child)
            if kind == "done":
                return result
            if kind == "failed":
                raise Outage("planner", result, permanent=True)
            if told is not None:
                await told(result)

    async def _end(self) -> None:
        child, self.child = self.child, None
        if child is not None and child.returncode is None:
            child.kill()
            await child.wait()

    async def close(self) -> None:
        """End the process, if there is one."""
        if self.loop is asyncio.get_running_loop():
            await self._end()


def _written(question: tuple[Any, ...]) -> bytes:
    return packed(said(question))


async def _begin(arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        start_new_session=True,
    )


async def _read(child: asyncio.subprocess.Process) -> tuple[str, Any]:
    import pickle

    assert child.stdout is not None
    try:
        length = int.from_bytes(await child.stdout.readexactly(LENGTH), "big")
        kind, result = pickle.loads(await child.stdout.readexactly(length))
    except asyncio.IncompleteReadError as error:
        raise EOFError("the optimiser is gone") from error
    return str(kind), result


days, urgent = Solver(LONG), Solver()


async def plan(instance: Instance, seconds: float, told: Progress | None = None) -> Any:
    """A plan of a day in so many CPU seconds: routes, dropped, travel, penalty, as `core.dispatch.planning.solve.Plan`;
    `told` hears the share that is done."""
    return await days.ask("plan", instance, seconds, told=told)


async def insert(instance: Instance, order: str, most_moved: int) -> Any:
    """Where an order goes: technician, routes, moved, put_off, cost, as `core.dispatch.planning.insert.Insertion`; None
    when there is no room even if `most_moved` others move."""
    return await urgent.ask("insert", instance, order, most_moved)


async def close() -> None:
    await days.close()
    await urgent.close()
