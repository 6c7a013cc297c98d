"""Jira: tickets of a customer's service desk.

Trust: the body is signed. `X-Hub-Signature` is `sha256=` + hex HMAC-SHA256 over the raw bytes; no timestamp.
X-Atlassian-Webhook-Identifier stays the same over retries and is the dedupe key. Signed bytes that are no JSON object,
like the vendor's published `Hello World!`, are genuine, but no event. Source: the vendor's documentation.
"""

from typing import Any

from webhooks.fields import at, text
from webhooks.request import Request, read_object
from webhooks.signatures import hmac_hex, same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "jira"
PREFIX = "sha256="
MAX_TICKET = 25 << 20
EVENTS = {
    "jira:issue_created": "ticket.created",
    "jira:issue_updated": "ticket.updated",
    "jira:issue_deleted": "ticket.deleted",
    "comment_created": "ticket.commented",
    "comment_updated": "ticket.comment_edited",
    "comment_deleted": "ticket.comment_deleted",
}


def judge(request: Request, source: Source) -> Outcome:
    secret = source.key("secret")
    content = request.content(MAX_TICKET)
    given = request.single("X-Hub-Signature")
    if given is None:
        return reject(401, "X-Hub-Signature missing")
    if not given.startswith(PREFIX):
        return reject(401, "malformed signature header")
    if not same(hmac_hex(secret, content), given.removeprefix(PREFIX)):
        return reject(401, "signature mismatch")
    if not content.lstrip().startswith(b"{"):
        return ignore("no event")
    said = read_object(request.text(MAX_TICKET))
    key = request.header("X-Atlassian-Webhook-Identifier")
    if source.seen(key):
        return duplicate(key=key)
    event = EVENTS.get(text(said.get("webhookEvent")))
    if event is None:
        return ignore("not a ticket's event")
    return process(key=key, delivery_id=key, event=event, **_normalized(said))


def _normalized(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "external_id": text(at(said, "issue", "key")),
        "title": text(at(said, "issue", "fields", "summary")),
        "status": text(at(said, "issue", "fields", "status", "name")),
        "text": text(at(said, "comment", "body")),
        "by": text(at(said, "user", "displayName")),
    }
