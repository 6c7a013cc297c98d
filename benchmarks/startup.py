"""How long from the start of `naryad run` on a warm data folder to the first answer, and how much memory it holds.

The ceiling of the time is what nobody can avoid: a process that imports aiogram, then PostgreSQL started from the same
warm folder by the same supervisor. The ceiling of memory is a process that only imports aiogram, aiohttp and tortoise.
An update waits at the Bot API before each start; the time ends when its answer arrives there. All of them run as the
Makefile has it: Python keeps what it has translated.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

RUNS = 5
LIMIT = 1.5
TOKEN = "8100009:bench-token-000000000000000000000000"
PERSON = 4242
ROOT = Path(__file__).parents[1]
IMPORTS = "import aiogram, aiohttp, tortoise, sys; sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.read()"
BARE = """
import asyncio, sys, pathlib
import aiogram
from naryad.embedded.postgres import Postgres
async def main():
    server = Postgres(pathlib.Path(sys.argv[1]), fast=False)
    await server.start()
    sys.stdout.write('ready\\n'); sys.stdout.flush()
    sys.stdin.read()
    await server.stop()
asyncio.run(main())
"""


def run() -> list[dict[str, Any]]:
    """Medians of `RUNS` pairs."""
    return asyncio.run(_run())


async def _run() -> list[dict[str, Any]]:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="naryad-start-") as folder:
        home = Path(folder)
        async with _telegram() as (port, api):
            await _start(home, port, api)
            pairs = [(await _start(home, port, api), _bare(home)) for _ in range(RUNS)]
    times = [ours[0] / bare for ours, bare in pairs]
    base = statistics.median(_imports_only() for _ in range(RUNS))
    memory = [ours[1] / base for ours, _ in pairs]
    return [
        _row("start to first answer, against aiogram + PostgreSQL", statistics.median(times), "times", LIMIT),
        _row("start to first answer", statistics.median(ours[0] for ours, _ in pairs), "s", None),
        _row("memory of all in one, against bare imports", statistics.median(memory), "times", LIMIT),
        _row("memory of all in one", statistics.median(ours[1] for ours, _ in pairs) / 2**20, "MiB", None),
    ]


def _row(name: str, value: float, unit: str, limit: float | None) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "limit": limit, "holds": limit is None or value <= limit}


async def _start(home: Path, port: int, api: "_Api") -> tuple[float, int]:
    """Seconds to the first answer, and resident bytes two seconds later."""
    api.reset()
    env = {
        **os.environ,
        "NARYAD_HOME": str(home),
        "NARYAD_TELEGRAM_API": f"http://127.0.0.1:{port}",
        "NARYAD_CUSTOMER_TOKEN": TOKEN,
        "NARYAD_WEB_PORT": str(_free_port()),
        "NARYAD_UPDATES": "polling",
        "NARYAD_LOG_LEVEL": "error",
    }
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "naryad.cli", "run", env=env, cwd=ROOT)
    try:
        async with asyncio.timeout(180):
            await api.answered.wait()
        taken = time.monotonic() - began
        await asyncio.sleep(2)
        return taken, _resident(process.pid)
    finally:
        process.terminate()
        await process.wait()


def _bare(home: Path) -> float:
    began = time.monotonic()
    process = _spawn(BARE, str(home))
    taken = time.monotonic() - began
    process.communicate(b"")
    return taken


def _imports_only() -> int:
    process = _spawn(IMPORTS)
    try:
        return _resident(process.pid)
    finally:
        process.communicate(b"")


def _spawn(program: str, *args: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", program, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    if process.stdout.readline().strip() != b"ready":
        raise RuntimeError("the peer of the measurement did not start")
    return process


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Api:
    """A Bot API with one waiting `/start`, brought until it is acknowledged, which notes when it is answered."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self._number = 1

    def reset(self) -> None:
        self.answered.clear()
        self._number += 1

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        result: Any = True
        match method:
            case "getMe":
                result = {"id": 8100009, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
            case "getUpdates":
                update = self._update()
                if update["update_id"] < orjson.loads(await request.read())["offset"]:
                    await asyncio.sleep(0.2)
                    result = []
                else:
                    result = [update]
            case "sendMessage":
                self.answered.set()
                chat = {"id": PERSON, "type": "private", "first_name": "Person"}
                result = {"message_id": 1, "date": 0, "chat": chat, "text": "-"}
            case name if name.startswith("getMy"):
                result = [] if name == "getMyCommands" else {}
        return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")

    def _update(self) -> dict[str, Any]:
        user = {"id": PERSON, "is_bot": False, "first_name": "Person", "language_code": "ru"}
        message = {
            "message_id": self._number,
            "date": int(time.time()),
            "chat": {"id": PERSON, "type": "private", "first_name": "Person"},
            "from": user,
            "text": "/start",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        }
        return {"update_id": 1000 + self._number, "message": message}


@asynccontextmanager
async def _telegram() -> AsyncIterator[tuple[int, _Api]]:
    api = _Api()
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", api.call)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], api
    finally:
        await runner.cleanup()
