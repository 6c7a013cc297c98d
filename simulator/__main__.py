"""Run the simulator alone: `python -m simulator --port 8081 --home DIR [--bot TOKEN=username=Name]…`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from pathlib import Path

import uvloop
from aiohttp import web

from simulator.app import Simulator, build_app
from simulator.errors import ActError


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description="Telegram in a box, on this computer only.")
    parser.add_argument("--port", type=int, default=8081, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--home", type=Path, default=None, help="data folder; default NARYAD_HOME/simulator")
    parser.add_argument("--bot", action="append", default=[], metavar="TOKEN=USERNAME=NAME")
    return parser.parse_args()


async def serve(port: int, home: Path, bots: list[str]) -> None:
    """Serve until SIGINT or SIGTERM; the first line printed is the address."""
    sim = Simulator(home)
    for line in bots:
        token, username, name = [*line.split("=", 2), "", ""][:3]
        sim.add_bot(token, username or f"bot{token.partition(':')[0]}", name or username)
    runner = web.AppRunner(build_app(sim), access_log=None, shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sys.stdout.write(f"{site.name if port else address(runner)}\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def address(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    chosen = arguments()
    home = chosen.home or Path(os.environ.get("NARYAD_HOME", ".data")) / "simulator"
    try:
        uvloop.run(serve(chosen.port, home, chosen.bot))
    except (ActError, OSError) as error:
        sys.exit(f"simulator: {error}")


if __name__ == "__main__":
    main()
