"""The one place from which the desk calls a URL that somebody gave it. A name is resolved once, every address it has is
checked, and the connection goes to one of those: a name that changes its mind between check and call gains nothing.
Redirects are not followed, no proxy of the environment is used, and only the beginning of an answer is read.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from core.kernel.addresses import MAX_CALLED, check_url, inside
from core.kernel.errors import Outage, Refusal
from core.ports import WebAnswer, WebCall

CONNECT_S = 5.0
TOTAL_S = 15.0
CONNECTIONS = 20
HEARTBEAT_S = 30.0
POWER = "web"


class Forbidden(OSError):
    """The name leads into our own network."""


class Checked(AbstractResolver):
    """Another resolver's answers, when all of them may be called; trusted names may lead anywhere."""

    def __init__(self, resolver: AbstractResolver, trusted: Collection[str] = ()) -> None:
        self._resolver = resolver
        self._trusted = {one.lower() for one in trusted}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if host.rstrip(".").lower() not in self._trusted:
            for one in found:
                if inside(ipaddress.ip_address(one["host"].partition("%")[0])):
                    raise Forbidden(host)
        return found

    async def close(self) -> None:
        await self._resolver.close()


class Web:
    """The port `core.ports.Web` over aiohttp."""

    def __init__(self, session: aiohttp.ClientSession, trusted: Collection[str] = ()) -> None:
        self._session = session
        self._trusted = trusted

    async def call(self, wanted: WebCall) -> WebAnswer:
        """What is answered, with its first bytes. Outage with a code: inside, dns, tls, refused, timeout, broken."""
        try:
            target = check_url(wanted.url, self._trusted, MAX_CALLED)
        except Refusal as refusal:
            raise Outage(POWER, refusal.code.rpartition(".")[2], permanent=True) from refusal
        try:
            async with self._session.request(
                wanted.method,
                URL(target.url, encoded=True) if wanted.exact else target.url,
                data=wanted.body,
                headers=dict(wanted.headers),
                allow_redirects=False,
                timeout=self._patience(wanted.patience_s),
            ) as answer:
                body = await _beginning(answer, wanted.most)
                return WebAnswer(answer.status, body, {n.lower(): v for n, v in answer.headers.items()})
        except Exception as error:
            raise Outage(POWER, _code(error)) from error

    @asynccontextmanager
    async def frames(
        self, url: str, headers: Mapping[str, str], most: int
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket, its frames of at most `most` bytes, watched by pings. Outage as for `call`, or status when it is
        no WebSocket that answers."""
        try:
            target = check_url(url, self._trusted)
        except Refusal as refusal:
            raise Outage(POWER, refusal.code.rpartition(".")[2], permanent=True) from refusal
        try:
            async with asyncio.timeout(TOTAL_S):
                line = await self._session.ws_connect(
                    target.url, headers=dict(headers), heartbeat=HEARTBEAT_S, max_msg_size=most
                )
        except aiohttp.WSServerHandshakeError as error:
            raise Outage(POWER, f"status {error.status}") from error
        except Exception as error:
            raise Outage(POWER, _code(error)) from error
        async with line:
            yield line

    def _patience(self, seconds: float | None) -> aiohttp.ClientTimeout:
        """What the call asks for, else what the session was opened with."""
        return aiohttp.ClientTimeout(total=seconds, connect=CONNECT_S) if seconds else self._session.timeout


async def _beginning(answer: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    while len(body) < most and (chunk := await answer.content.read(most - len(body))):
        body += chunk
    return bytes(body)


def _code(error: BaseException) -> str:
    """What went wrong, without the words of a library."""
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 10:
        chain.append(seen)
        seen = getattr(seen, "os_error", None) or seen.__cause__ or seen.__context__
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (Forbidden, "inside"),
        (asyncio.TimeoutError, "timeout"),
        (aiohttp.ClientConnectorDNSError, "dns"),
        (aiohttp.ClientSSLError, "tls"),
        (ConnectionRefusedError, "refused"),
    )
    return next((code for kind, code in kinds if any(isinstance(one, kind) for one in chain)), "broken")


@asynccontextmanager
async def web(
    trusted: Collection[str] = (), resolver: AbstractResolver | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Web]:
    """For as long as the process needs it. `tls`: whose certificates are believed; those of the system without it."""
    connector = aiohttp.TCPConnector(
        resolver=Checked(resolver or aiohttp.ThreadedResolver(), trusted),
        use_dns_cache=False,
        force_close=True,
        limit=CONNECTIONS,
        ssl=tls or True,
    )
    timeout = aiohttp.ClientTimeout(total=TOTAL_S, connect=CONNECT_S)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Naryad/1"},
    ) as session:
        yield Web(session, trusted)
