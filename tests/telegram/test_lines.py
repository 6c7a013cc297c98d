"""Calls over kept connections, against servers that answer in every way HTTP allows, and in ways it doesn't."""

import asyncio
import datetime as dt
import ipaddress
import itertools
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram import lines
from bot.telegram.lines import Broken, Lines, NotSent

PATIENCE_S = 30.0
Play = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""What a server does about the body of a call."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
SHUT = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"
TILL_END = b"HTTP/1.0 200 OK\r\n\r\nhi"

WHOLE = {
    "a length": (OK, 200, b"hi"),
    "a length in small letters": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", 200, b"hi"),
    "parts": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", 200, b"hi"),
    "a refusal": (b"HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\nno", 429, b"no"),
    "nothing": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "no bytes": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
    "first «go on»": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"hi"),
    "a last word": (SHUT, 200, b"hi"),
}
PIECES = {
    "not a byte": b"",
    "half a first line": OK[:9],
    "half the headers": OK[:30],
    "half a body": OK[:-1],
    "half of the parts": WHOLE["parts"][0][:-6],
    "only «go on»": b"HTTP/1.1 100 Continue\r\n\r\n",
    "another language": b"SSH-2.0-OpenSSH_9.2\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
    "an upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
}


class Place:
    """A server on loopback that plays `play`, and what was asked of it."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.connections = 0
        self.heads: list[bytes] = []
        self.over = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"Content-Length: (\d+)", head)
                assert length
                self.heads.append(head)
                await self._play(await reader.readexactly(int(length[1])), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.over.set()


def saying(answer: bytes, *, then_close: bool = False) -> Play:
    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        if then_close:
            await writer.drain()
            writer.close()

    return play


async def echo(body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def silence(*_: object) -> None:
    """Hear everything and say nothing."""


@asynccontextmanager
async def talk(
    play: Play, *, limit: int = 100, context: ssl.SSLContext | None = None, path: str = ""
) -> AsyncIterator[tuple[Place, Lines]]:
    place = Place(play)
    server = await asyncio.start_server(place.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    calls = Lines(f"{'https' if context else 'http'}://127.0.0.1:{port}{path}", limit)
    try:
        yield place, calls
    finally:
        calls.close()
        server.close()
        for writer in place.writers:
            writer.transport.abort()


async def test_a_call_says_where_what_and_how_long() -> None:
    async with talk(echo, path="/here/") as (place, calls):
        assert await calls.post("/bot1:x/getMe", "{«»}".encode(), PATIENCE_S) == (200, "{«»}".encode())
    first, *rest = place.heads[0].decode().strip().split("\r\n")
    assert first == "POST /here/bot1:x/getMe HTTP/1.1"
    assert re.fullmatch(r"Host: 127\.0\.0\.1:\d+", rest[0])
    assert rest[1:] == ["Content-Type: application/json", "Content-Length: 6"]


@pytest.mark.parametrize("how", WHOLE)
async def test_every_whole_answer_is_understood(how: str) -> None:
    answer, status, body = WHOLE[how]
    async with talk(saying(answer)) as (_, calls):
        assert await calls.post("/x", b"{}", PATIENCE_S) == (status, body)


async def test_an_answer_may_end_with_its_connection() -> None:
    async with talk(saying(TILL_END, then_close=True)) as (place, calls):
        for _ in range(2):
            assert await calls.post("/x", b"{}", PATIENCE_S) == (200, b"hi")
        assert place.connections == 2


@pytest.mark.parametrize("how", PIECES)
async def test_what_is_no_whole_answer_is_never_taken_for_one(how: str) -> None:
    async with talk(saying(PIECES[how], then_close=True)) as (_, calls):
        with pytest.raises(Broken):
            await calls.post("/x", b"{}", PATIENCE_S)


async def test_an_answer_that_ends_with_its_connection_is_not_whole_when_that_breaks() -> None:
    heard = asyncio.Event()

    async def half(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(TILL_END)
        await heard.wait()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with talk(half) as (_, calls):
        call = asyncio.ensure_future(calls.post("/x", b"{}", PATIENCE_S))
        while not any(line._parts for line in calls._open):
            await asyncio.sleep(0.01)
        heard.set()
        with pytest.raises(Broken, match="ConnectionResetError"):
            await call


async def test_what_a_server_says_unasked_is_no_answer_to_the_next_call() -> None:
    async with talk(echo) as (place, calls):
        await calls.post("/x", b"1", PATIENCE_S)
        (line,) = calls._open
        place.writers[0].write(OK)
        while line.again:
            await asyncio.sleep(0.01)
        assert await calls.post("/x", b"2", PATIENCE_S) == (200, b"2")
        assert place.connections == 2


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(1, 60), max_size=8, unique=True))
def test_where_the_network_cuts_an_answer_does_not_matter(how: str, cuts: list[int]) -> None:
    answer, status, body = WHOLE[how]
    edges = [0, *sorted(cut for cut in cuts if cut < len(answer)), len(answer)]

    async def one() -> None:
        line = lines._Line(set())
        line.connection_made(_Sink())
        call = asyncio.ensure_future(line.post(b"?"))
        await asyncio.sleep(0)
        for begin, end in itertools.pairwise(edges):
            line.data_received(answer[begin:end])
        assert await call == (status, body)
        assert line.again is (how != "a last word")

    asyncio.run(one())


class _Sink(asyncio.Transport):
    def write(self, data: object) -> None:
        pass

    def is_closing(self) -> bool:
        return False


async def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_BYTES", 1000)

    async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 1000)
            await writer.drain()

    async with talk(endless) as (place, calls):
        with pytest.raises(Broken):
            await calls.post("/x", b"{}", PATIENCE_S)
        await place.over.wait()


async def test_a_server_that_does_not_answer_in_time_may_have_done_it() -> None:
    async with talk(silence) as (place, calls):
        with pytest.raises(Broken):
            await calls.post("/x", b"hush", 0.2)
        await place.over.wait()


async def test_a_connection_carries_calls_in_turn_and_never_two_at_once() -> None:
    async with talk(echo, limit=3) as (place, calls):
        for n in range(5):
            assert await calls.post("/x", b"%d" % n, PATIENCE_S) == (200, b"%d" % n)
        assert place.connections == 1
        answers = await asyncio.gather(*(calls.post("/x", b"%d" % n, PATIENCE_S) for n in range(50)))
        assert answers == [(200, b"%d" % n) for n in range(50)]
        assert place.connections == 3


async def test_a_call_that_finds_no_free_connection_in_time_was_not_sent() -> None:
    async with talk(silence, limit=1) as (place, calls), asyncio.TaskGroup() as nursery:
        hushed = nursery.create_task(calls.post("/x", b"hush", PATIENCE_S))
        while not place.heads:
            await asyncio.sleep(0.01)
        with pytest.raises(NotSent):
            await calls.post("/x", b"{}", 0.2)
        assert len(place.heads) == 1
        hushed.cancel()


async def test_the_answer_to_a_call_given_up_is_not_the_next_ones() -> None:
    held = asyncio.Event()

    async def late(body: bytes, writer: asyncio.StreamWriter) -> None:
        if body == b"first":
            await held.wait()
        await echo(body, writer)

    async with talk(late) as (place, calls):
        first = asyncio.ensure_future(calls.post("/x", b"first", PATIENCE_S))
        while not place.heads:
            await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        held.set()
        assert await calls.post("/x", b"second", PATIENCE_S) == (200, b"second")
        assert place.connections == 2


@pytest.mark.parametrize("more", [b"?", OK, OK[:20]], ids=["noise", "an answer", "half an answer"])
async def test_a_server_that_says_more_than_it_was_asked_is_not_asked_there_again(more: bytes) -> None:
    async with talk(saying(OK + more)) as (place, calls):
        for _ in range(2):
            assert await calls.post("/x", b"{}", PATIENCE_S) == (200, b"hi")
        assert place.connections == 2


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    async with talk(echo) as (place, calls):
        await calls.post("/x", b"{}", PATIENCE_S)
        place.writers[0].close()
        while calls._open:
            await asyncio.sleep(0.01)
        assert await calls.post("/x", b"2", PATIENCE_S) == (200, b"2")
        assert place.connections == 2


async def test_a_connection_idle_for_long_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "KEPT_S", 0.0)
    async with talk(echo) as (place, calls):
        for _ in range(2):
            await calls.post("/x", b"{}", PATIENCE_S)
        assert place.connections == 2


async def test_nobody_there() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        await Lines(f"http://127.0.0.1:{port}").post("/x", b"{}", PATIENCE_S)


async def test_over_tls_only_a_server_we_can_trust_hears_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = _certified(tmp_path / "pair.pem")
    async with talk(echo, context=context) as (place, calls):
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            await calls.post("/x", b"secret", PATIENCE_S)
        assert place.heads == []
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pair.pem"))
    async with talk(echo, context=context) as (place, calls):
        for _ in range(2):
            assert await calls.post("/x", b"secret", PATIENCE_S) == (200, b"secret")
        assert place.connections == 1


async def test_a_server_without_tls_hears_nothing_in_the_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "CONNECT_S", 0.3)
    async with talk(echo) as (place, plain):
        calls = Lines(f"https://127.0.0.1:{plain._port}")
        with pytest.raises(NotSent):
            await calls.post("/x", b"secret", PATIENCE_S)
        await place.over.wait()
        assert place.heads == []


def _certified(pair: Path) -> ssl.SSLContext:
    """A server's context with a certificate of its own for 127.0.0.1, which is written to `pair` with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pair.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair)
    return context
