"""A process that is only a worker does all that is put off: rotas go on, swaps end, machines are drawn."""

import ast
import subprocess
import sys
from pathlib import Path

from naryad import background

ROOT = Path(__file__).parents[2]
HOUSE = ("core", "bot", "webhooks", "admin_web", "api", "naryad")
PUT_OFF = {"task", "on_timer"}
KNOWN = """
import asyncio, importlib
from core.tasks.actions import kinds_of
from core.timers.actions import kinds
{begin}
print(*sorted(kinds_of(None)), *sorted(kinds()))
"""
WORKER = """
import core.reactions
from naryad.app import _worker
async def begin():
    for job in _worker(asyncio.Event()):
        job.close()
asyncio.run(begin())
"""


def put_off() -> set[str]:
    """The modules that have a function under `@task(...)` or `@on_timer(...)`."""
    found = set()
    for folder in HOUSE:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                for mark in getattr(node, "decorator_list", ()):
                    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id in PUT_OFF:
                        found.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return found


def known(begin: str) -> list[str]:
    """The kinds of tasks and timers that a fresh process can do after `begin`."""
    done = subprocess.run(
        [sys.executable, "-c", KNOWN.format(begin=begin)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_all_modules_with_tasks_and_timers_are_named() -> None:
    assert set(background.ROOMS) == put_off()


def test_a_worker_can_do_what_any_module_puts_off() -> None:
    every = known("\n".join(f"import {name}" for name in sorted(put_off())))
    assert known(WORKER) == every
    assert {"schedule.extend", "dispatch.offer_end"} <= set(every)
