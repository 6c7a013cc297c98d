"""The desk's own Valkey: a cache that may be lost, reached through a socket."""

import asyncio
import os
import signal
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from naryad.embedded.errors import EmbeddedError
from naryad.embedded.process import POLL, Child, Program, last_words
from naryad.embedded.runtime import account_for, own_folder, socket_folder, valkey_server

START_PATIENCE = 60.0


class Valkey:
    """`home/valkey` served on a socket; it keeps its data over a proper stop, not over a crash."""

    def __init__(self, home: Path, *, fast: bool) -> None:
        home = home.absolute()
        self.folder = home / "valkey"
        self._log = home / "logs" / "valkey.log"
        self._account = account_for(self.folder)
        self._binary = valkey_server(self._account)
        self._socket = socket_folder(home, self._account) / "valkey.sock"
        self.child = Child(self._program(fast))

    @property
    def url(self) -> str:
        return f"unix://{self._socket}?db=0"

    async def start(self) -> None:
        own_folder(self.folder, self._account)
        await self.child.leftovers_gone()
        self.child.spawn()
        await self._accepting()

    async def stop(self) -> None:
        await self.child.stop()

    def _program(self, fast: bool) -> Program:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "save": "",
            "appendonly": "no",
            "shutdown-on-sigterm": "nosave" if fast else "save",
            "databases": "128" if fast else "16",
            "loglevel": "warning",
        }
        argv = [str(self._binary)]
        for name, value in settings.items():
            argv += [f"--{name}", value]
        return Program(
            name="Valkey",
            argv=argv,
            folder=self.folder,
            log=self._log,
            account=self._account,
            stop_signal=signal.SIGTERM,
            kill_signal=signal.SIGKILL,
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        )

    async def _accepting(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_PATIENCE
        async with Redis.from_url(self.url) as client:
            while True:
                if self.child.pid is None:
                    raise self._failed("embedded.not_started")
                try:
                    await client.ping()
                    return
                except (OSError, RedisConnectionError):
                    if asyncio.get_running_loop().time() > deadline:
                        raise self._failed("embedded.silent") from None
                    await asyncio.sleep(POLL)

    def _failed(self, code: str) -> EmbeddedError:
        return EmbeddedError(code, program="Valkey", reason=last_words(self._log), log=self._log)
