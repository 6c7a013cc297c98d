"""Bitrix24 outgoing webhooks and application events.

Trust: a static secret in the body, `auth[application_token]`; nothing is signed, and only ids arrive, so the entity is
read back before anything follows. Wire format: urlencoded form, `event`, `data[FIELDS][ID]` (tasks:
`data[FIELDS_AFTER][ID]`; applications: `data[ID]`), `ts`, `auth[…]`. There are no retries, and `ts` is the time of
queueing, so no freshness rule. Items of smart processes come with their type, `data[FIELDS][ENTITY_TYPE_ID]`, of all
processes at once, or with a type in the event's name: ids are their type's own, and those of the types that the company
names are `crm.item.…` of `<type>:<id>`. Source: vendor documentation of events.
"""

import re

from webhooks.request import Request
from webhooks.signatures import digest_hex, same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "bitrix24"

_EVENT = re.compile(r"ON(CRM|TASK|IM|APP)([A-Z]*?)(ADD|UPDATE|DELETE|INSTALL|UNINSTALL)")
_ITEM = re.compile(r"(ONCRMDYNAMICITEM(?:ADD|UPDATE|DELETE))(?:_([0-9]{1,9}))?")
_DONE = {
    "ADD": "added",
    "UPDATE": "updated",
    "DELETE": "deleted",
    "INSTALL": "installed",
    "UNINSTALL": "uninstalled",
}
_IDS = ("data[FIELDS][ID]", "data[FIELDS_AFTER][ID]", "data[FIELDS_BEFORE][ID]", "data[ID]")
_SINGLE = ("event", "auth[application_token]", "auth[member_id]", *_IDS)


def judge(request: Request, source: Source) -> Outcome:
    token = source.key("application_token")
    pairs = request.form()
    fields = dict(pairs)
    if any(sum(name == single for name, _ in pairs) > 1 for single in _SINGLE):
        return reject(400, "repeated field")
    if not fields.get("auth[application_token]"):
        return reject(403, "application_token missing")
    if not same(fields["auth[application_token]"], token):
        return reject(403, "wrong application_token")
    member = source.secret.get("member_id")
    if member and not same(fields.get("auth[member_id]"), str(member)):
        return reject(403, "member_id of another portal")
    if not _is_one_portal(fields):
        return reject(400, "client_endpoint is not the portal's")
    return _event(fields, source)


def _is_one_portal(fields: dict[str, str]) -> bool:
    """We call the portal as configured, never the address given; one that contradicts its domain is not Bitrix24's."""
    domain, endpoint = fields.get("auth[domain]"), fields.get("auth[client_endpoint]")
    if not domain or not endpoint:
        return True
    found = re.fullmatch(r"https?://([^/?#@\\]+)(?:/.*)?", endpoint)
    return found is not None and found[1].lower() == domain.lower()


def _event(fields: dict[str, str], source: Source) -> Outcome:
    name = fields.get("event", "").upper()
    plain, kind = _typed(name, fields, source)
    found = _EVENT.fullmatch(plain)
    if found is None:
        return ignore(f"event {name[:64]!r} is not followed") if name else reject(400, "event missing")
    room, entity, done = found[1].lower(), found[2].lower(), _DONE[found[3]]
    event = ".".join(part for part in (room, entity, done) if part)
    if room == "app":
        return process(event=event)
    number = next((fields[key] for key in _IDS if fields.get(key)), None)
    if number is None or re.fullmatch(r"[0-9]{1,20}", number) is None:
        return reject(400, "entity id missing or not a number")
    if kind:
        event, number = f"crm.item.{done}", f"{kind}:{number}"
    key = digest_hex(f"{plain}:{number}:{fields.get('ts')}")
    if source.seen(key):
        return duplicate(key=key)
    return process(
        key=key,
        event=event,
        entity_id=number,
        entity_type=kind or fields.get("data[FIELDS][ENTITY_TYPE_ID]"),
        then=f"read {_method(room, entity)}: the event carries only the id",
    )


def _typed(name: str, fields: dict[str, str], source: Source) -> tuple[str, str]:
    """The event's name without a type, and the type of an item of one of the company's processes."""
    found = _ITEM.fullmatch(name)
    kind = (found[2] or fields.get("data[FIELDS][ENTITY_TYPE_ID]", "")) if found else ""
    named = str(source.config.get("crm_types") or "").replace(" ", "").split(",")
    return (found[1], kind) if found and kind and kind in named else (name, "")


def _method(room: str, entity: str) -> str:
    """The API method that reads the entity back."""
    if room == "task":
        return "tasks.task.get" if not entity else f"task.{entity}item.get"
    return "crm.item.get" if entity == "dynamicitem" else f"{room}.{entity}.get"
