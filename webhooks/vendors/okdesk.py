"""Okdesk webhooks of a customer's service desk.

Trust: none in the delivery; the secret stands in the path, and the issue is read back before a status follows from it.
Wire format: JSON, `event` (its type and author) and `issue` as documented, ids as strings or numbers. There is no
delivery id, so the bytes themselves are the dedupe key. An event not named here still says that the issue changed.
Source: vendor documentation; the event block partly observed.
"""

from typing import Any

from webhooks.door import check_path
from webhooks.fields import at, text
from webhooks.request import Malformed, Request
from webhooks.signatures import digest_hex
from webhooks.verdict import Outcome, Source, duplicate, ignore, process

NAME = "okdesk"

_EVENTS = {
    "new_ticket": "ticket.created",
    "new_issue": "ticket.created",
    "new_ticket_status": "ticket.status",
    "change_status": "ticket.status",
    "new_comment": "ticket.comment",
    "new_assignee": "ticket.assigned",
    "new_deadline": "ticket.deadline",
    "new_files": "ticket.files",
    "remove_issue": "ticket.deleted",
    "delete_issue": "ticket.deleted",
}


def judge(request: Request, source: Source) -> Outcome:
    check_path(request, source.key("path_token"))
    body = _object(request.json(), "body")
    event = _object(body.get("event"), "event")
    kind = text(event.get("event_type"))
    if kind and "issue" not in body:
        return ignore(f"event {kind[:64]!r} is not about an issue")
    issue = _object(body.get("issue"), "issue")
    number = text(issue.get("id")).strip()
    if not number:
        raise Malformed(400, "issue id missing")
    key = digest_hex(request.body)
    if source.seen(key):
        return duplicate(key=key)
    return process(
        key=key,
        event=_EVENTS.get(kind, "ticket.changed"),
        external_id=number,
        title=text(issue.get("title")),
        status=text(at(issue, "status", "code")),
        old_status=text(at(issue, "old_status", "code")),
    )


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(400, f"{what} is not an object")
    return value
