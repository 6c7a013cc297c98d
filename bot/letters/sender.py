"""The sender of one channel without our chats: letters, messengers, SMS, calls. One process at a time has it; each
contact gets theirs in order. A recipient who refuses for good is told by another channel."""

import asyncio
import hashlib
import logging
import time
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.letters.messenger import write
from bot.letters.words import Sent, letter, screen_of, short
from bot.routes import SCREENS
from bot.telegram.alerts import unreachable
from bot.telegram.owner import ownership
from core import ports
from core.channels import actions as channels
from core.channels.rules import MESSENGERS, member_of
from core.company.queries import company
from core.customers.queries import contact_view
from core.files.queries import bytes_of, file_view
from core.guests.actions import link_for
from core.kernel.actor import SYSTEM, contact
from core.kernel.clock import now
from core.kernel.errors import NotFound, Outage, Refusal, Unanswered, Unfit
from core.kernel.hints import listen
from core.kernel.links import links
from core.kernel.trouble import AWAY, heed
from core.kernel.work import work
from core.outbox import queries
from core.outbox.actions import Queued
from core.outbox.keys import notice_key
from core.outbox.sending import Outcome, gave_up, record
from core.people.queries import member_view
from core.sources.threads import message_id, reply_token

POLL_S = 2.0
ATTEMPTS = 10
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 600.0
MOST_ATTACHED = 8 << 20
PARALLEL = 4

log = logging.getLogger(__name__)


class Sender:
    """Of one of `channels.rules.OUTSIDE`. `later`: monotonic time before which a contact's notice is not tried
    again."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.later: dict[int, float] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; a database that is lost is waited for."""
        wake = asyncio.Event()
        forget = listen(f"outbox.{self.channel}", lambda _: wake.set())
        try:
            while not stop.is_set():
                async with ownership(f"channel:{self.channel}", stop) as lost:
                    if lost is None:
                        return
                    while not stop.is_set() and not lost.is_set():
                        heed()
                        await self._look()
                        with suppress(TimeoutError):
                            await asyncio.wait_for(wake.wait(), POLL_S)
                        wake.clear()
        finally:
            forget()

    async def _look(self) -> None:
        try:
            await self.send_waiting()
        except AWAY:
            log.warning("outbox of %s cannot be read, trying again", self.channel)

    async def send_waiting(self) -> int:
        """Send what waits and may be tried now; how many were tried."""
        at = time.monotonic()
        self.later = {chat: until for chat, until in self.later.items() if until > at}
        chats = [chat for chat in await queries.waiting_chats(self.channel) if chat not in self.later]
        found: dict[int, list[Queued]] = {}
        for notice in await queries.waiting(self.channel, chats, 50):
            found.setdefault(notice.chat_id, []).append(notice)
        room = asyncio.Semaphore(PARALLEL)

        async def one(notices: list[Queued]) -> int:
            async with room:
                return await self._in_order(notices)

        return sum(await asyncio.gather(*(one(notices) for notices in found.values())))

    async def _in_order(self, notices: list[Queued]) -> int:
        for n, notice in enumerate(notices, 1):
            if notice.state == "sending" and notice.on_unknown == "skip":
                await record(self.channel, [Outcome(notice.id, "unknown", notice.attempts, "the process ended")])
                continue
            await record(self.channel, [Outcome(notice.id, "sending", notice.attempts)])
            if not await self._send(notice):
                return n
        return len(notices)

    async def _send(self, notice: Queued) -> bool:
        """False: what comes after must wait."""
        attempts = notice.attempts + 1
        try:
            await self._deliver(notice)
        except Outage as outage:
            if isinstance(outage, Unanswered) and notice.on_unknown == "skip":
                await record(self.channel, [Outcome(notice.id, "unknown", attempts, outage.reason)])
                return True
            if outage.permanent or isinstance(outage, Unfit):
                await self._give_up(notice, attempts, outage)
                return False
            if attempts < ATTEMPTS:
                pause = min(FIRST_PAUSE_S * 2**attempts, LONGEST_PAUSE_S)
                self.later[notice.chat_id] = time.monotonic() + pause
                await record(self.channel, [Outcome(notice.id, "queued", attempts, outage.reason)])
                return False
            await self._give_up(notice, attempts, outage)
            return False
        except Exception as error:
            log.exception("a notice can't be made", extra={"notice": notice.id, "channel": self.channel})
            await record(
                self.channel, [Outcome(notice.id, "failed", attempts, f"{type(error).__name__}: {error}"[:500])]
            )
            return True
        await record(self.channel, [Outcome(notice.id, "sent", attempts)])
        return True

    async def _give_up(self, notice: Queued, attempts: int, outage: Outage) -> None:
        """The next channel tells it, in the same work: a crash between the two would lose it. Only a refusal for good
        says anything of the number or the address."""
        why, lasting = outage.reason, outage.permanent
        async with work():
            if not await gave_up(self.channel, notice.id, attempts, why):
                return
            told = (screen_of(notice.facts), notice.screen, notice.facts)
            passed_on = await channels.failed(self.channel, notice.chat_id, *told, why, lasting=lasting)
            if member_of(notice.chat_id) is None and not (passed_on and isinstance(outage, Unfit)):
                await unreachable(self.channel, [contact(notice.chat_id)], why[:200])

    async def _deliver(self, notice: Queued) -> None:
        if (member_id := member_of(notice.chat_id)) is not None:
            if datetime.fromisoformat(notice.facts["until"]) <= now():
                raise Outage(self.channel, "too late", permanent=True)
            await _word(self.channel, notice, await _phone_of(member_id), None)
            return
        try:
            person = await contact_view(SYSTEM, notice.chat_id)
        except NotFound:
            raise Outage(self.channel, "the contact is gone", permanent=True) from None
        number = screen_of(notice.facts)
        async with work():
            token = await link_for(number)
        link = links.page(f"follow/{token}") if token else None
        if self.channel == "email":
            await _mail(notice, person.email, number, link)
        elif self.channel in MESSENGERS:
            await write(self.channel, notice, person.phone, number, link)
        else:
            await _word(self.channel, notice, person.phone, link)


async def _phone_of(member_id: int) -> str:
    try:
        person = await member_view(member_id)
    except NotFound:
        person = None
    if person is None or not person.active:
        raise Outage("member", "nobody of ours", permanent=True)
    return person.phone


async def _mail(notice: Queued, address: str, number: int, link: str | None) -> None:
    mailer = ports.mailer()
    if mailer is None:
        raise Outage("email", "no mail server is set")
    if not address:
        raise Outage("email", "no address", permanent=True)
    ours = await company()
    local, _, domain = mailer.sender.rpartition("@")
    nonce = hashlib.sha256(f"notice:{notice.id}".encode()).hexdigest()[:20]
    sent = Sent(
        ours.name,
        ours.colour,
        mailer.sender,
        address,
        f"{local}+{reply_token(number)}@{domain}",
        message_id(number, nonce, domain),
        message_id(number, "order", domain),
        link,
        await _files(notice),
    )
    made = letter(notice.screen, notice.facts, notice.locale, ZoneInfo(notice.zone), sent)
    await mailer.send(mailer.sender, address, made.as_bytes())


async def _files(notice: Queued) -> tuple[tuple[str, str, bytes], ...]:
    """What the screen shows, as long as a mail server takes it; the rest stands on the order's page."""
    view = SCREENS[notice.screen](notice.facts, notice.locale, ZoneInfo(notice.zone))
    found: list[tuple[str, str, bytes]] = []
    room = MOST_ATTACHED
    for media in view.media:
        with suppress(Refusal):
            file = await file_view(media.file_id)
            if file.size <= room:
                found.append((file.name or f"{file.kind}-{file.id}", file.mime, await bytes_of(file.id)))
                room -= file.size
    return tuple(found)


async def _word(channel: str, notice: Queued, phone: str, link: str | None) -> None:
    texter = ports.texter(channel)
    if texter is None:
        raise Outage(channel, "no vendor is set")
    if not phone:
        raise Outage(channel, "no number", permanent=True)
    zone, spoken = ZoneInfo(notice.zone), channel == "voice"
    text = short(notice.screen, notice.facts, notice.locale, zone, link, texter.most, spoken=spoken)
    await texter.send(phone, text, notice.locale, notice_key(notice.id))
