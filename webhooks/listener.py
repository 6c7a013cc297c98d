"""A mail server's letters over SMTP or LMTP: told «250» only when they are committed. Only letters to an address that a
source of ours names are taken; nothing is relayed."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.sources.queries import SourceView, live_sources
from webhooks.letterbox import Letterbox
from webhooks.request import MAX_LETTER

KIND = "smtp"
PATIENCE_S = 60.0
MOST_LINES = 100
TAKEN, LATER, UNKNOWN, MANY = (
    "250 2.0.0 taken",
    "451 4.3.0 try again",
    "550 5.1.1 no such address",
    "452 4.5.3 too many",
)
MOST_RECIPIENTS = 50

log = logging.getLogger(__name__)


class Door:
    """What aiosmtpd asks."""

    def __init__(self, box: Letterbox, *, each: bool = False) -> None:
        self._box = box
        self._each = each
        self._lines = asyncio.Semaphore(MOST_LINES)

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, said: list[str]) -> list[str]:
        """LMTP must take commands that come together, and SMTP does."""
        session.host_name = name
        return [said[0], "250-PIPELINING", *said[1:]]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return MANY
        try:
            found = await source_for(address)
        except Exception:
            log.exception("listener: sources can't be read")
            return LATER
        if found is None:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """LMTP answers for each recipient. SMTP has one answer: a letter that one of them lacks comes again, and is a
        copy to the others."""
        answers = await self._take(envelope)
        if self._each:
            return "\r\n".join(answers)
        return next(one for one in (LATER, TAKEN, UNKNOWN) if one in answers)

    async def _take(self, envelope: Any) -> list[str]:
        """An answer for each recipient, in their order."""
        raw = envelope.original_content or envelope.content or b""
        raw = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw
        try:
            wanted = [await source_for(address) for address in envelope.rcpt_tos]
        except Exception:
            log.exception("listener: sources can't be read")
            return [LATER] * len(envelope.rcpt_tos)
        async with self._lines:
            sources = {source.id: source for source in wanted if source is not None}
            told = {name: await self._hand(source, raw, envelope) for name, source in sources.items()}
        return [UNKNOWN if source is None else told[source.id] for source in wanted]

    async def _hand(self, source: SourceView, raw: bytes, envelope: Any) -> str:
        try:
            await self._box.take(source, raw, envelope.mail_from or "", tuple(envelope.rcpt_tos))
        except Exception:
            log.exception("a letter cannot be kept", extra={"source": source.id})
            return LATER
        return TAKEN


async def source_for(address: str) -> SourceView | None:
    """The source whose address this is, whatever its plus part says."""
    local, _, domain = address.strip().lower().rpartition("@")
    bare = f"{local.partition('+')[0]}@{domain}"
    found = (one for one in (await live_sources()).values() if one.kind == KIND)
    return next((one for one in found if one.config.get("mail_address") == bare), None)


@asynccontextmanager
async def listening(
    host: str, smtp_port: int | None, lmtp_port: int | None, box: Letterbox | None = None
) -> AsyncIterator[dict[str, int]]:
    """Listen until the block ends; the ports that were really bound, by protocol."""
    if smtp_port is None and lmtp_port is None:
        yield {}
        return
    from aiosmtpd.smtp import SMTP

    from webhooks.lmtp import Lmtp

    letterbox, loop = box or Letterbox(), asyncio.get_running_loop()
    options: dict[str, Any] = {"data_size_limit": MAX_LETTER, "timeout": PATIENCE_S, "enable_SMTPUTF8": True}
    servers: dict[str, asyncio.Server] = {}
    try:
        for name, port, kind in (("smtp", smtp_port, SMTP), ("lmtp", lmtp_port, Lmtp)):
            if port is not None:
                door = Door(letterbox, each=name == "lmtp")
                make = lambda kind=kind, door=door: kind(door, ident="Naryad", **options)  # noqa: E731
                servers[name] = await loop.create_server(make, host, port)
        yield {name: server.sockets[0].getsockname()[1] for name, server in servers.items()}
    finally:
        for server in servers.values():
            server.close()
        await letterbox.intake.close()
