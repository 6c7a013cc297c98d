"""A notice as a message in a messenger: any words while the customer's day lasts, an approved template after it."""

import logging
from zoneinfo import ZoneInfo

from bot.letters.words import row, whole
from core import ports
from core.kernel.errors import Outage, Unfit
from core.kernel.trouble import AWAY
from core.kernel.work import work
from core.outbox.actions import Queued
from core.outbox.keys import notice_key
from core.sources import talks

log = logging.getLogger(__name__)


async def write(channel: str, notice: Queued, phone: str, number: int, link: str | None) -> None:
    """To the contact of order `number`. `Outage`; `Unfit` when the day is over and no template is set."""
    messenger = ports.messenger(channel)
    if messenger is None:
        raise Outage(channel, "no account is set")
    if not phone:
        raise Outage(channel, "no number", permanent=True)
    words = (notice.screen, notice.facts, notice.locale, ZoneInfo(notice.zone), link)
    template = ""
    if await talks.is_open(channel, messenger.account, phone):
        text = whole(*words, messenger.most)
    elif template := messenger.template(notice.screen):
        text = row(*words, messenger.most_template)
    else:
        raise Unfit(channel, "nobody wrote to us for a day, and there is no template")
    message_id = await messenger.write(phone, text, notice.locale, notice_key(notice.id), template)
    await _remember(channel, message_id, notice.id, number)


async def _remember(channel: str, message_id: str, notice_id: int, number: int) -> None:
    """It was sent, whatever becomes of this: an answer to it would go by the sender's number."""
    try:
        async with work():
            await talks.said(channel, message_id, notice_id, number)
    except AWAY:
        log.warning("the id of a message is not kept", extra={"notice": notice_id, "channel": channel})
