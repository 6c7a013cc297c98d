"""amoCRM: webhooks of the account, chat messages, and the notice that the integration was switched off.

Trust: the main hooks carry none, so the secret stands in the path, the account must be the connected one, and the
entity is read back. Chats are signed: `X-Signature` = hex HMAC-SHA1(body, channel secret). So is the disconnect GET:
`signature` = hex HMAC-SHA256(`client_id|account_id`, client secret). Wire format: urlencoded `leads[add][0][id]…`
(tasks have been documented with one index more) and `account[id|subdomain]`; a name may come both as a scalar and with
keys under it. More than 100 bad answers in two hours switch the webhook off, so what is only odd is answered 200,
within 2 s. Source: vendor documentation and SDK, shapes captured.
"""

import re
from typing import Any

from webhooks.door import check_path
from webhooks.fields import at, text
from webhooks.request import Malformed, Request
from webhooks.signatures import digest_hex, hmac_hex, same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "amocrm"

_ID = re.compile(
    r"(?P<whose>([a-z_]{1,30})\[([a-z_]{1,30})\](?:\[[0-9]{1,6}\]){1,2}(?:\[note\])?)\[(?:id|uid|talk_id)\]"
)
_ENTITIES = {
    "leads": "lead",
    "contacts": "contact",
    "companies": "company",
    "customers": "customer",
    "task": "task",
    "talk": "talk",
    "message": "message",
    "unsorted": "unsorted",
    "catalogs": "catalog",
}
_ACTIONS = {
    "add": "added",
    "update": "updated",
    "delete": "deleted",
    "restore": "restored",
    "status": "status_changed",
    "responsible": "responsible_changed",
    "note": "noted",
}


def judge(request: Request, source: Source) -> Outcome:
    if request.method == "GET":
        return _disconnect(request, source)
    if request.header("X-Signature") is not None or "path_token" not in source.secret:
        return _chat(request, source)
    check_path(request, source.key("path_token"))
    return _hook(request, source)


def _hook(request: Request, source: Source) -> Outcome:
    pairs = request.form()
    if not _from_our_account(pairs, source):
        return reject(403, "account mismatch")
    told: dict[str, dict[str, Any]] = {}
    for name, value in pairs:
        if match := _entity(name):
            told.setdefault(match["whose"], _event(match, value))
    if not told:
        return ignore("no entity in it")
    first, *others = told.values()
    key = first["entity_id"] if first["event"].startswith("crm.message.") else digest_hex(request.body)
    if source.seen(key):
        return duplicate(key=key)
    batch: dict[str, Any] = {"others": others} if others else {}
    return process(key=key, **first, **batch)


def _event(match: re.Match[str], number: str) -> dict[str, Any]:
    return {"event": f"crm.{_ENTITIES[match[2]]}.{_ACTIONS[match[3]]}", "entity_id": text(number)}


def _entity(name: str) -> re.Match[str] | None:
    match = _ID.fullmatch(name)
    return match if match is not None and match[2] in _ENTITIES and match[3] in _ACTIONS else None


def _from_our_account(pairs: list[tuple[str, str]], source: Source) -> bool:
    """Every statement about the account must be true, so that a repeated one cannot hide another."""
    ours = {"account[id]": source.secret.get("account_id"), "account[subdomain]": source.secret.get("subdomain")}
    return all(same(value, str(ours[name])) for name, value in pairs if ours.get(name))


def _chat(request: Request, source: Source) -> Outcome:
    given = request.single("X-Signature")
    if given is None:
        return reject(401, "signature missing")
    if not same(hmac_hex(source.key("channel_secret"), request.content(), "sha1"), given):
        return reject(401, "signature mismatch")
    body = request.json()
    message = at(body, "message", "message")
    number = text(at(message, "id"))
    if not number:
        return ignore("not a message")
    if source.seen(number):
        return duplicate(key=number)
    return process(
        key=number,
        event="message.received",
        message_id=number,
        chat_id=text(at(body, "message", "conversation", "id")),
        text=text(at(message, "text")),
    )


def _disconnect(request: Request, source: Source) -> Outcome:
    fields = dict(request.query)
    if len(fields) != len(request.query):
        raise Malformed(400, "repeated field")
    if "signature" not in fields:
        return reject(401, "signature missing")
    client, secret = source.key("client_id"), source.key("client_secret")
    account = fields.get("account_id", "")
    signed = hmac_hex(secret, f"{client}|{account}")
    if not same(fields.get("client_id"), client) or not same(signed, fields["signature"]):
        return reject(401, "signature mismatch")
    return process(event="app.disconnected", account=text(account))
