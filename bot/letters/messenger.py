"""A notice as a message in a messenger: any words while they may go, an approved template where they may not."""

import logging
from contextlib import suppress
from zoneinfo import ZoneInfo

from bot.letters.words import row, whole
from bot.routes import SCREENS
from bot.shared.voice import voice
from core import ports
from core.files.queries import bytes_of, file_view
from core.kernel.errors import Outage, Refusal, Unfit
from core.kernel.trouble import AWAY
from core.kernel.work import work
from core.outbox.actions import Queued
from core.outbox.keys import notice_key
from core.sources import talks

log = logging.getLogger(__name__)


async def write(channel: str, notice: Queued, phone: str, number: int, link: str | None) -> None:
    """To the contact of order `number`, who has this telephone. `Outage`; `Unfit` when the day is over and no template
    is set."""
    messenger = ports.messenger(channel)
    if messenger is None:
        raise Outage(channel, "no account is set")
    to = phone if messenger.by_phone else await talks.person_of(channel, messenger.account, notice.chat_id)
    if not to:
        raise Outage(channel, "no number", permanent=True)
    button = ports.Button(voice(notice.locale, ZoneInfo(notice.zone)).plain("email.open"), link) if link else None
    pressed = button if messenger.buttons else None
    words = (notice.screen, notice.facts, notice.locale, ZoneInfo(notice.zone), None if pressed else link)
    template, file = "", None
    if not messenger.by_phone or await talks.is_open(channel, messenger.account, phone):
        text = whole(*words, messenger.most)
        file = await _enclosed(messenger, notice) if len(text) <= messenger.most_caption else None
    elif template := messenger.template(notice.screen):
        text = row(*words, messenger.most_template)
    else:
        raise Unfit(channel, "nobody wrote to us for a day, and there is no template")
    message_id = await messenger.write(to, text, notice.locale, notice_key(notice.id), template, file, pressed)
    await _remember(channel, message_id, notice.id, number)


async def _enclosed(messenger: ports.Messenger, notice: Queued) -> ports.Enclosed | None:
    """The one file that the screen shows, where the messenger takes it; others stand on the order's page."""
    media = SCREENS[notice.screen](notice.facts, notice.locale, ZoneInfo(notice.zone)).media
    if len(media) != 1:
        return None
    with suppress(Refusal):
        file = await file_view(media[0].file_id)
        if messenger.takes(file.mime, file.size):
            name = file.name or f"{file.kind}-{file.id}"
            return ports.Enclosed(name, file.mime, await bytes_of(file.id))
    return None


async def _remember(channel: str, message_id: str, notice_id: int, number: int) -> None:
    """It was sent, whatever becomes of this: an answer to it would go by the sender's number."""
    try:
        async with work():
            await talks.said(channel, message_id, notice_id, number)
    except AWAY:
        log.warning("the id of a message is not kept", extra={"notice": notice_id, "channel": channel})
