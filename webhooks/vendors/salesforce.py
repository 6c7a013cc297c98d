"""Salesforce outbound messages (SOAP).

Trust: none in the delivery; the secret stands in the path, the OrganizationId must be the customer's, and the record is
read back. Wire format: a SOAP envelope with up to 100 notifications; anything but `<Ack>true</Ack>` is sent again for
24 hours. The SessionId is a credential of the customer's: it is never kept. Source: platform documentation.
"""

from webhooks import xml
from webhooks.door import check_path
from webhooks.request import Malformed, Request
from webhooks.signatures import same
from webhooks.verdict import Outcome, Source, duplicate, process, reject

NAME = "salesforce"

MAX_NOTIFICATIONS = 100
_SHORT_ID = 15
_ACK = (
    "text/xml",
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>",
)


def judge(request: Request, source: Source) -> Outcome:
    check_path(request, source.key("path_token"))
    organization = source.key("organization_id")
    message = xml.read(request.content()).first("Body", "notifications")
    if message is None:
        raise Malformed(400, "no notifications")
    if not _same_id(message.value("OrganizationId"), organization):
        return reject(403, "OrganizationId of another company")
    records = [_record(notification) for notification in message.all("Notification")]
    if not 0 < len(records) <= MAX_NOTIFICATIONS:
        raise Malformed(400, "no notification, or over 100 of them")
    fresh = [record for record in records if not source.seen(record["notification"])]
    if not fresh:
        return duplicate(key=records[0]["notification"], response=_ACK)
    return process(
        key=fresh[0]["notification"], response=_ACK, event="crm.record.changed", **_shown(fresh[0]), records=fresh
    )


def _record(notification: xml.Element) -> dict[str, str]:
    found = notification.first("sObject")
    record = {
        "notification": notification.value("Id"),
        "entity": found.attributes.get("type", "").rpartition(":")[2] if found is not None else "",
        "entity_id": found.value("Id") if found is not None else "",
    }
    if not record["notification"] or not record["entity_id"]:
        raise Malformed(400, "notification without its ids")
    return record


def _shown(record: dict[str, str]) -> dict[str, str]:
    return {name: record[name] for name in ("entity", "entity_id")}


def _same_id(given: str, ours: str) -> bool:
    """Ids are 15 characters, or the same 15 with 3 of checksum."""
    return len(given) in (_SHORT_ID, _SHORT_ID + 3) and same(given[:_SHORT_ID], ours[:_SHORT_ID])
