"""Postmark: letters to our addresses, and what became of letters we sent.

Trust: a static secret. There is no signature; the Basic credentials of our URL are the only proof, so the letter is
never more than its sender claims. MailboxHash is what follows the plus in the address. 403 stops the vendor's retries:
it answers what would be no better next time. Source: the vendor's documentation.
"""

from typing import Any

from webhooks.door import check_basic
from webhooks.fields import at, text
from webhooks.letters import from_headers, manners, newest_words, plus_token
from webhooks.request import MAX_LETTER, Malformed, Request
from webhooks.verdict import Outcome, Source, duplicate, process

NAME = "postmark"
STOP_RETRIES = 403
RECORDS = {
    "Delivery": "mail.delivered",
    "Bounce": "mail.failed",
    "SpamComplaint": "mail.complained",
    "Open": "mail.opened",
    "Click": "mail.clicked",
    "SubscriptionChange": "mail.unsubscribed",
}


def judge(request: Request, source: Source) -> Outcome:
    check_basic(request, source.key("basic"))
    said = _object(request)
    record = text(said.get("RecordType"))
    key = text(said.get("MessageID")) or None
    if record and record != "Inbound":
        key = f"{record}:{text(said.get('ID')) or key}"
        return duplicate(key=key) if source.seen(key) else process(key=key, **_fate(record, said))
    return duplicate(key=key) if source.seen(key) else process(key=key, **_letter(said))


def _object(request: Request) -> dict[str, Any]:
    try:
        said = request.json(MAX_LETTER)
    except Malformed as error:
        raise Malformed(STOP_RETRIES if error.http_status == 400 else error.http_status, error.reason) from None
    if not isinstance(said, dict):
        raise Malformed(STOP_RETRIES, "not a JSON object")
    return said


def _fate(record: str, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": RECORDS.get(record, "mail.other"),
        "message_id": text(said.get("MessageID")),
        "recipient": text(said.get("Email") or said.get("Recipient")),
        "detail": text(said.get("Description")),
    }


def _letter(said: dict[str, Any]) -> dict[str, Any]:
    attached = said.get("Attachments")
    return {
        "event": "mail.received",
        "thread_token": text(said.get("MailboxHash")) or plus_token(said.get("OriginalRecipient")),
        "from": text(at(said, "FromFull", "Email") or said.get("From")),
        "subject": text(said.get("Subject")),
        "text": newest_words(said.get("TextBody") or said.get("StrippedTextReply"), said.get("HtmlBody")),
        "event_id": text(said.get("MessageID")),
        "attachments": len(attached) if isinstance(attached, list) else 0,
        **manners(from_headers(said.get("Headers"))),
    }
