"""ServiceNow outbound REST from a customer's business rule.

Trust: a shared Basic or Bearer secret; the body is whatever the customer scripted, so the record is read back before
anything follows. Wire format: a JSON object, usually with `sys_id` and `number`. Source: the platform's convention.
"""

from webhooks.door import check_basic, check_bearer
from webhooks.fields import text
from webhooks.request import Malformed, Request
from webhooks.signatures import digest_hex
from webhooks.verdict import Outcome, Source, duplicate, process

NAME = "servicenow"


def judge(request: Request, source: Source) -> Outcome:
    if source.secret.get("basic"):
        check_basic(request, source.key("basic"))
    else:
        check_bearer(request, source.key("bearer"))
    record = request.json()
    if not isinstance(record, dict):
        raise Malformed(400, "not a JSON object")
    key = digest_hex(request.body)
    if source.seen(key):
        return duplicate(key=key)
    return process(
        key=key,
        event="ticket.changed",
        external_id=text(record.get("sys_id")),
        number=text(record.get("number")),
        title=text(record.get("short_description")),
        status=text(record.get("state")),
    )
