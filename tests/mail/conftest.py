"""A real IMAP server (Debian's Dovecot) with one mailbox, and the desk's source that reads it."""

import asyncio
import contextlib
import getpass
import imaplib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import ports
from core.adapters.disk import Disk
from core.kernel.work import work
from core.sources import actions as sources
from core.sources.queries import SourceView, source
from core.sources.worker import Follower
from tests.world import World

DOVECOT, IMAP = Path("/usr/sbin/dovecot"), Path("/usr/lib/dovecot/imap")
USER, PASSWORD = "desk@in.example", "secret-words"

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {nobody}
default_internal_group = {group}
default_login_user = {nobody}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass
class Server:
    """`port` on loopback. Letters are put in and looked at over IMAP."""

    port: int

    @contextlib.contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        client.select("INBOX")
        yield client
        client.logout()

    def put(self, *letters: bytes) -> None:
        with self.client() as client:
            for raw in letters:
                client.append("INBOX", None, None, raw)

    def unread(self) -> int:
        with self.client() as client:
            return len(client.search(None, "UNSEEN")[1][0].split())


@pytest.fixture
def dovecot() -> Iterator[Server]:
    """In a folder of its own: pytest's belong to whoever runs it, dovecot never works as root."""
    if not (DOVECOT.exists() and IMAP.exists()):
        pytest.skip("dovecot-imapd is not installed: sh tools/peers.sh")
    import grp
    import os
    import pwd

    folder = Path(tempfile.mkdtemp(prefix="naryad-dovecot-"))
    root = os.getuid() == 0
    user = pwd.getpwnam("nobody" if root else getpass.getuser())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = {"nobody": user.pw_name, "group": grp.getgrgid(user.pw_gid).gr_name, "uid": user.pw_uid, "gid": user.pw_gid}
    if root:
        os.chown(folder, user.pw_uid, user.pw_gid)
    config = folder / "dovecot.conf"
    config.write_text(CONFIG.format(folder=folder, password=PASSWORD, port=port, **names))
    process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(config)])
    try:
        _wait(port, folder)
        yield Server(port)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, folder: Path) -> None:
    import time

    for _ in range(200):
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            imaplib.IMAP4("127.0.0.1", port).logout()
            return
        time.sleep(0.05)
    log = folder / "dovecot.log"
    raise AssertionError(log.read_text() if log.exists() else "dovecot does not answer")


@pytest.fixture
async def post(world: World, tmp_path: Path) -> SourceView:
    """A listener's source."""
    ports.use(storage=Disk(tmp_path / "files"))
    async with work():
        await sources.add_source("post", "smtp", "Почта", {}, {"mail_address": "desk@in.example"})
    return await source("post")


@pytest.fixture
async def box(world: World, dovecot: Server, tmp_path: Path) -> SourceView:
    ports.use(storage=Disk(tmp_path / "files"))
    settings = {"imap_url": f"imap://127.0.0.1:{dovecot.port}", "imap_user": USER}
    async with work():
        await sources.add_source("box", "imap", "Ящик", {"password": PASSWORD}, settings)
    return await source("box")


async def follow_all() -> None:
    follower = Follower()
    while await follower.run_one():
        pass


async def until(true: object) -> None:
    """Wait for what another task does; the test's own limit ends what never comes."""
    async with asyncio.timeout(20):
        while not await true():  # type: ignore[operator]
            await asyncio.sleep(0.02)
