"""Small calls to one HTTP/1.1 server over kept connections: bytes of JSON there, bytes back.

Three such calls follow a pressed button, and aiohttp's client spends on each two to three times the CPU, which was a
quarter of all that a press cost (`benchmarks/press.py`). What a call needs of HTTP is little: a POST of known length
and its answer, which httptools reads (llhttp, as in Node). Files, which travel in parts, stay with aiohttp.
"""

import asyncio
import socket
import ssl
from functools import cached_property
from typing import cast
from urllib.parse import urlsplit

import httptools
from aiohappyeyeballs import start_connection

KEPT_S = 15.0
"""A connection unused for so long is not used again: its server may be about to close it, and the call be lost."""
CONNECT_S = 10.0
NEXT_ADDRESS_S = 0.25
"""How long one address of the server may be silent before the next is tried beside it."""
JSON = "Content-Type: application/json"
MOST_BYTES = 32 * 1024 * 1024
LENGTHS = (b"content-length", b"transfer-encoding")
WITHOUT_BODY = (100, 102, 103, 204, 304)
UNREADABLE = (httptools.HttpParserError, httptools.HttpParserUpgrade)


class NotSent(Exception):
    """No connection: nothing of the call has left."""


class Broken(Exception):
    """The call has left and no whole answer came: it may have been carried out or not."""


class Lines:
    """Connections to the server of `base` ("https://host[:port][/path]"), at most `limit`; further calls wait for one.
    Close them in the end."""

    def __init__(self, base: str, limit: int = 100) -> None:
        where = urlsplit(base)
        self._secure = where.scheme == "https"
        self._host = where.hostname or ""
        self._port = where.port or (443 if self._secure else 80)
        self._before = f"POST {where.path.rstrip('/')}".encode()
        self._after = f" HTTP/1.1\r\nHost: {where.netloc}\r\n{JSON}\r\nContent-Length: ".encode()
        self._places = asyncio.Semaphore(limit)
        self._free: list[_Line] = []
        self._open: set[_Line] = set()

    def close(self) -> None:
        """Calls under way break."""
        for line in list(self._open):
            line.close()

    async def post(self, path: str, body: bytes, timeout_s: float) -> tuple[int, bytes]:
        """Status and body of the answer to `body` at `path`, which follows the path of `base`. Raises `NotSent` or
        `Broken`, both within `timeout_s` seconds of the call."""
        said = b"%b%b%b%d\r\n\r\n%b" % (self._before, path.encode(), self._after, len(body), body)
        line = None
        try:
            async with asyncio.timeout(timeout_s), self._places:
                line = self._kept() or await self._connected()
                answer = await line.post(said)
                if line.again:
                    self._free.append(line)
                return answer
        except (OSError, *UNREADABLE) as error:
            raise (Broken if line else NotSent)(type(error).__name__) from None

    def _kept(self) -> "_Line | None":
        """The connection used last, if its server surely keeps it."""
        trusted = asyncio.get_running_loop().time() - KEPT_S
        while self._free:
            line = self._free.pop()
            if line.again and line.used_at > trusted:
                return line
            line.close()
        return None

    async def _connected(self) -> "_Line":
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_S):
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            plug = await start_connection(found, happy_eyeballs_delay=NEXT_ADDRESS_S)
            try:
                name = self._host if self._secure else None
                _, line = await loop.create_connection(
                    lambda: _Line(self._open), sock=plug, ssl=self._trust, server_hostname=name
                )
            except BaseException:
                plug.close()
                raise
        return line

    @cached_property
    def _trust(self) -> ssl.SSLContext | None:
        return ssl.create_default_context() if self._secure else None


class _Line(asyncio.Protocol):
    """One connection, which carries one call at a time and stands in `all_open` while it lives. `again`: it can carry
    another."""

    def __init__(self, all_open: "set[_Line]") -> None:
        self._all_open = all_open
        self.again = True
        self.used_at = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parts: list[bytes] = []
        self._length_told = self._until_end = False

    async def post(self, said: bytes) -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        try:
            if self._transport.is_closing():
                raise ConnectionResetError
            self._transport.write(said)
            return await self._answer
        except BaseException:
            self.close()
            raise
        finally:
            self._answer = None
            self.used_at = loop.time()

    def close(self) -> None:
        self.again = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._all_open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.again = False
        self._all_open.discard(self)
        if self._until_end and error is None:
            self._answered()
        self._failed(error or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except UNREADABLE as error:
            self._failed(error)

    def on_message_begin(self) -> None:
        """Who says more than was asked can't be asked here again: it would be taken for the next answer."""
        self.again = self._waited_for()
        self._parts = []
        self._size = 0
        self._length_told = self._until_end = False

    def on_header(self, name: bytes, _: bytes) -> None:
        if name.lower() in LENGTHS:
            self._length_told = True

    def on_headers_complete(self) -> None:
        self._until_end = not self._length_told and self._parser.get_status_code() not in WITHOUT_BODY

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MOST_BYTES:
            raise ValueError("the answer is too long")
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """An answer below 200 ("100 Continue") only goes before the one that is waited for."""
        if self._parser.get_status_code() >= 200:
            self.again = self.again and self._parser.should_keep_alive()
            self._answered()

    def _waited_for(self) -> bool:
        return self._answer is not None and not self._answer.done()

    def _answered(self) -> None:
        if self._answer is not None and self._waited_for():
            self._answer.set_result((self._parser.get_status_code(), b"".join(self._parts)))

    def _failed(self, error: Exception) -> None:
        if self._answer is not None and self._waited_for():
            self._answer.set_exception(error)
