"""PostgreSQL's own dump and restore, run on any database that the desk uses."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from naryad.embedded.runtime import postgres_bin
from naryad.errors import OperatorError

SECURE = {"require", "verify-ca", "verify-full"}
PREAMBLE = b"DROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\n"
NEWER_SERVERS_ONLY = (b"SET transaction_timeout",)


def dump(database_url: str, target: Path) -> None:
    """Write one consistent snapshot of the whole database as SQL."""
    arguments = ["--no-owner", "--no-privileges", "--schema=public", "--extension=*", f"--file={target}"]
    command = _command("pg_dump", database_url, *arguments)
    done = subprocess.run(command, stderr=subprocess.PIPE, env=_environment(database_url), check=False)
    _check(done.returncode, done.stderr, "dump.failed")


def load(database_url: str, source: Path) -> None:
    """Replace all that the database holds, in one transaction: it happens in whole or not at all."""
    command = _command("psql", database_url, "-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-f", "-")
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env=_environment(database_url),
        )
        assert process.stdin
        with suppress(BrokenPipeError), process.stdin as script:
            script.writelines(_script(source))
        code = process.wait()
        complaints.seek(0)
        _check(code, complaints.read(), "dump.not_loaded")


def _script(source: Path) -> Iterator[bytes]:
    """The dump after a clean slate, without what servers older than our pg_dump do not know."""
    yield PREAMBLE
    with source.open("rb") as file:
        for line in file:
            if line.startswith(b"CREATE SCHEMA public;"):
                continue
            if not line.startswith(NEWER_SERVERS_ONLY):
                yield line
            if line.startswith((b"CREATE TABLE", b"COPY ")):
                break
        while chunk := file.read(1024 * 1024):
            yield chunk


def _command(program: str, database_url: str, *arguments: str) -> list[str]:
    return [_program(program, database_url), *arguments, "-d", _without_password(database_url)]


def _program(name: str, database_url: str) -> str:
    """The wheel's, or, where the connection must be encrypted, which the wheel's cannot do, the system's."""
    if parse_qs(urlsplit(database_url).query).get("sslmode", [""])[-1] not in SECURE:
        return str(postgres_bin(None) / name)
    found = shutil.which(name)
    if found is None:
        raise OperatorError("dump.no_tls", program=name)
    return found


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{place}"))


def _environment(database_url: str) -> dict[str, str]:
    password = urlsplit(database_url).password
    return os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": unquote(password)} if password else {})


def _check(code: int, complaints: bytes, error: str) -> None:
    if code:
        lines = complaints.decode(errors="replace").strip().splitlines()
        raise OperatorError(error, reason=lines[0] if lines else f"exit {code}")
