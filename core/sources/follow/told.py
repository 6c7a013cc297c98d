"""What a vendor reports of an SMS, a call or a message of ours.

The report's address or number names the notice. Where the vendor signs the telephone number with it, the number must be
the one that the notice went to: another system's message may have the same number at the vendor. A messenger writes the
numbers of some countries in its own way; there the message's id proves it too.
"""

from collections.abc import Mapping
from typing import Any

from core.events import WordDelivered, WordUndelivered
from core.kernel.read import fetchrow
from core.kernel.work import emit
from core.outbox.keys import notice_of
from core.sources.follow.result import Result
from core.sources.talks import is_said, shut

MOST_WHY = 200

_SENT = """
SELECT coalesce(k.phone, m.phone, '') AS phone FROM outbox_notices n
LEFT JOIN customers_contacts k ON k.id = n.chat_id LEFT JOIN people_members m ON m.id = -n.chat_id
WHERE n.id = $1 AND n.bot IN ('sms', 'voice', 'whatsapp')
"""


async def follow(kind: str, event: Mapping[str, Any]) -> Result:
    """The notice itself knows its order. A report of what is not ours, or that came before, changes nothing."""
    key, why = str(event.get("notice") or ""), str(event.get("why") or "")[:MOST_WHY]
    phone, message_id = str(event.get("phone") or ""), str(event.get("message_id") or "")
    if not (await _is_ours(key, phone) or await is_said(kind, message_id, notice_of(key) or 0)):
        return Result("nothing", facts={"why": "a report of no message of ours"})
    if event["event"] == "told.delivered":
        await emit(WordDelivered(key))
        return Result("delivered")
    if event.get("shut"):
        await shut(kind, str(event.get("account") or ""), phone)
    await emit(WordUndelivered(key, why, bool(event.get("lasting"))))
    return Result("undelivered", facts={"why": why})


async def _is_ours(key: str, phone: str) -> bool:
    number = notice_of(key)
    sent = await fetchrow(_SENT, number) if number else None
    return sent is not None and (not phone or _digits(phone) == _digits(sent["phone"]))


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))
