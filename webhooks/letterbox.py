"""Raw letters come in: judged, committed raw, then told to their bringer, who may forget them only then. The same path
whether a mailbox was read or a mail server called on us."""

import asyncio
import re
from typing import Any

from core.kernel.clock import now
from core.sources.kept import Kept, pack
from core.sources.queries import SourceView, short
from core.sources.threads import message_key, reply_token
from webhooks.intake import Intake
from webhooks.judge import judge
from webhooks.lanes import lane_of
from webhooks.request import Request
from webhooks.route import KEPT
from webhooks.signatures import digest_hex
from webhooks.verdict import Outcome, Source

VENDOR = "mail"
HEAD = 256 << 10
MOST_TOKENS = 20
_TICKET = re.compile(rb"\+t([0-9]{1,15})\.", re.IGNORECASE)


class Letterbox:
    """Of one process, for all mailboxes and listeners."""

    def __init__(self, intake: Intake | None = None) -> None:
        self.intake = intake or Intake()

    async def take(
        self, source: SourceView, raw: bytes, sender: str | None = None, recipients: tuple[str, ...] = ()
    ) -> str:
        """What was decided: kept, copy, or the verdict's action for what is not kept. `sender` and `recipients` are the
        envelope's: None and none where there is no envelope. When it returns, the letter may be forgotten."""
        envelope = [("MAIL FROM", f"<{sender}>")] if sender is not None else []
        headers = (*envelope, *(("RCPT TO", f"<{one}>") for one in recipients))
        letter = Request("MAIL", f"mail:{source.id}", headers, raw, "mail")
        outcome = await asyncio.to_thread(judge, VENDOR, letter, _known(source, raw, recipients))
        if outcome.action not in KEPT:
            what = "refused" if outcome.action == "reject" else "ignored"
            self.intake.count(what, source.id, outcome.reason)
            return outcome.action
        key = short(outcome.key or digest_hex(raw))
        kept = pack(source.id, _kept(letter, outcome))
        return "kept" if await self.intake.take(source.id, (key, lane_of(outcome.normalized, key), kept)) else "copy"


def _known(source: SourceView, raw: bytes, recipients: tuple[str, ...]) -> Source:
    """The tokens of the orders that this letter's addresses name, and the key of our Message-IDs."""
    addressed = raw[:HEAD] + " ".join(recipients).encode("utf-8", "replace")
    numbers = [int(one) for one in dict.fromkeys(_TICKET.findall(addressed))][:MOST_TOKENS]
    tokens = {f"t{number}": reply_token(number).partition(".")[2] for number in numbers}
    secret: dict[str, Any] = {"reply_token_of_ticket": tokens, "message_id_key": message_key()}
    return Source(now().timestamp(), secret, source.config)


def _kept(letter: Request, outcome: Outcome) -> Kept:
    return Kept(
        letter.method,
        letter.url,
        letter.headers,
        letter.body,
        outcome.action,
        now(),
        outcome.reason,
        outcome.normalized,
    )
