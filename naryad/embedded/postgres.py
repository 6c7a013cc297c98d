"""The desk's own PostgreSQL: made once, reached through a socket, durable unless a test asks for speed."""

import asyncio
import os
import secrets
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

import asyncpg

from naryad.embedded.errors import EmbeddedError
from naryad.embedded.process import POLL, Child, Program, finished, last_words
from naryad.embedded.runtime import account_for, own_folder, postgres_bin, socket_folder

DATABASE = "naryad"
START_PATIENCE = 120.0
HERE = "/proc/self/cwd"
ITERATIONS = 1
"""Many make the guessing of a word slow, and each connection too; our password is 24 random bytes."""

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "400",
    "autovacuum": "off",
    "io_method": "sync",
    "dynamic_shared_memory_type": "mmap",
}


class Postgres:
    """`home/pg` served on a socket. Its log never holds values of rows: they may be personal data."""

    def __init__(self, home: Path, *, fast: bool) -> None:
        home = home.absolute()
        self.folder = home / "pg"
        self._password_file = home / "pg.password"
        self._log = home / "logs" / "postgres.log"
        self._fast = fast
        self._account = account_for(self.folder)
        self._bin = postgres_bin(self._account)
        self._socket = socket_folder(home, self._account)
        self.child = Child(self._program())

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    async def start(self) -> None:
        """Serve; makes the cluster first when there is none. Waits out what an earlier run left."""
        await self.child.leftovers_gone()
        if not self.folder.exists():
            await self._make()
        self._forget_stale_pid()
        self.child.spawn()
        await self._accepting()

    async def stop(self) -> None:
        await self.child.stop()
        shutil.rmtree(self._socket, ignore_errors=True)

    def _program(self) -> Program:
        settings = SETTINGS | (FAST if self._fast else {})
        settings["unix_socket_directories"] = str(self._socket)
        argv = [str(self._bin / "postgres"), "-D", HERE]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return Program(
            name="PostgreSQL",
            argv=argv,
            folder=self.folder,
            log=self._log,
            account=self._account,
            stop_signal=signal.SIGINT,
            kill_signal=signal.SIGQUIT,
            environment=_environment(),
        )

    async def _make(self) -> None:
        """initdb beside the final place and one rename, so that a half-made cluster is never served."""
        draft = self.folder.with_name("pg.new")
        shutil.rmtree(draft, ignore_errors=True)
        own_folder(draft, self._account)
        password = secrets.token_urlsafe(24)
        pwfile = self._socket / "password"
        _write_private(pwfile, password, self._account.uid if self._account else None)
        try:
            code = await self._initdb(draft, pwfile)
        finally:
            pwfile.unlink()
        if code != 0:
            raise EmbeddedError("embedded.initdb", folder=self.folder, reason=last_words(self._log))
        _write_private(self._password_file, password, None)
        draft.rename(self.folder)

    async def _initdb(self, folder: Path, pwfile: Path) -> int:
        argv = [
            *(str(self._bin / "initdb"), "-D", HERE, "-U", DATABASE, "-A", "scram-sha-256", "-E", "UTF8"),
            *(
                "--locale=C",
                "--lc-ctype=C.UTF-8",
                "--locale-provider=builtin",
                "--builtin-locale=PG_UNICODE_FAST",
            ),
            *("--text-search-config=russian", f"--pwfile={pwfile}", "--no-instructions"),
            *("--set", f"scram_iterations={ITERATIONS}"),
            *(("--no-sync",) if self._fast else ()),
        ]
        return await finished(
            Program(
                name="initdb",
                argv=argv,
                folder=folder,
                log=self._log,
                account=self._account,
                stop_signal=signal.SIGTERM,
                kill_signal=signal.SIGKILL,
                environment=_environment(),
            )
        )

    def _forget_stale_pid(self) -> None:
        """The inherited lock has shown that nobody lives here; the number may be another program's by now."""
        pid_file = self.folder / "postmaster.pid"
        try:
            pid = pid_file.read_text().split("\n", 1)[0].strip()
        except FileNotFoundError:
            return
        if not _runs_postgres(pid):
            pid_file.unlink()
        for leftover in self._socket.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)

    async def _accepting(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_PATIENCE
        while True:
            if self.child.pid is None:
                raise self._failed("embedded.not_started")
            try:
                await self._ensure_database()
                return
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
                if asyncio.get_running_loop().time() > deadline:
                    raise self._failed("embedded.silent") from None
                await asyncio.sleep(POLL)
            except asyncpg.InvalidPasswordError as error:
                raise EmbeddedError("embedded.password", path=self._password_file) from error

    def _failed(self, code: str) -> EmbeddedError:
        return EmbeddedError(code, program="PostgreSQL", reason=last_words(self._log), log=self._log)

    async def _ensure_database(self) -> None:
        try:
            connection = await asyncpg.connect(self.url)
        except asyncpg.InvalidCatalogNameError:
            connection = await asyncpg.connect(self._url("postgres"))
            await connection.execute(f"CREATE DATABASE {DATABASE}")
        await connection.close()

    def _url(self, database: str) -> str:
        try:
            password = self._password_file.read_text().strip()
        except FileNotFoundError:
            raise EmbeddedError("embedded.no_password", path=self._password_file) from None
        return f"postgresql://{DATABASE}:{quote(password)}@/{database}?host={quote(str(self._socket))}"


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _runs_postgres(pid: str) -> bool:
    try:
        return b"postgres" in Path("/proc", pid, "cmdline").read_bytes().split(b"\0", 1)[0]
    except OSError:
        return False


def _write_private(path: Path, text: str, owner: int | None) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        if owner is not None:
            os.fchown(file.fileno(), owner, -1)
