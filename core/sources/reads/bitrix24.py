"""Bitrix24 deals, leads and items of smart processes by an incoming webhook: `https://<portal>/rest/<user>` is the
address, the code behind it the secret. Of the contact and the company a deal names only the ids; they are asked for. An
item is given the names that a deal's fields have. What is not there is answered 400 with «Not found», of an item with
the code NOT_FOUND. The vendor bears two questions a second. Source: vendor documentation of crm.deal.get, crm.lead.get,
crm.item.get, crm.contact.get, crm.company.get; never tried on a live portal."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from core.ports import WebAnswer
from core.sources.mapping import at, plain
from core.sources.polls.bitrix24 import ENTITIES
from core.sources.polls.page import Trouble, call
from core.sources.queries import SourceView
from core.sources.reads.talk import Question, Talk, Thing, bare, door, is_gone, is_number, named, person, whole

GAP_S = 0.5
_NOT_FOUND = re.compile(rb"(?i)not[ _]found")
ITEMS = ("item", "dynamicitem")
DEALS = {
    "TITLE": "title",
    "COMMENTS": "comments",
    "ADDRESS": "address",
    "COMPANY_ID": "companyId",
    "CONTACT_ID": "contactId",
}
"""What a deal calls the fields of an item."""


def read(source: SourceView, event: Mapping[str, Any], known: Thing | None) -> Talk | None:
    found, number = door(source), named(event).rpartition(":")[2]
    if source.needs.polled:
        entity = str(source.config.get("poll_entity") or ENTITIES[0])
    else:
        entity = str(event.get("event") or "").removeprefix("crm.").partition(".")[0]
    kind = plain(event.get("entity_type")) if entity in ITEMS else ""
    if found is None or not is_number(number) or not (is_number(kind) or entity in ENTITIES):
        return None
    base = f"{found[0]}/{quote(found[1], safe='')}"
    return _item(base, kind, number) if kind else _card(base, entity, number, known)


def _item(base: str, kind: str, number: str) -> Talk:
    told = yield _ask(base, "crm.item.get", number, entityTypeId=int(kind), useOriginalUfNames="Y")
    _refused(told)
    item = whole(at(told, "result.item"), "id", number)
    fields = {name: item.get(theirs) for name, theirs in DEALS.items()}
    contact = fields["CONTACT_ID"] or at(item, "contactIds.0")
    return (yield from _card(base, "item", number, {**item, **fields, "CONTACT_ID": contact}))


def _card(base: str, entity: str, number: str, known: Thing | None) -> Talk:
    card = known or _result((yield _ask(base, f"crm.{entity}.get", number)), number)
    company, contact = (plain(card.get(name)) for name in ("COMPANY_ID", "CONTACT_ID"))
    firm, man = None, None
    if is_number(company):
        firm = yield _ask(base, "crm.company.get", company, spare=True)
    if is_number(contact):
        man = yield _ask(base, "crm.contact.get", contact, spare=True)
    who = at(man, "result") if man else card
    return {
        **card,
        "COMMENTS": bare(card.get("COMMENTS")),
        "customer": plain(at(firm, "result.TITLE")) or plain(card.get("COMPANY_TITLE")),
        "contact": person(
            " ".join(filter(None, (plain(at(who, "NAME")), plain(at(who, "LAST_NAME"))))),
            at(who, "PHONE.0.VALUE"),
            at(who, "EMAIL.0.VALUE"),
        ),
    }


def _ask(base: str, method: str, number: str, *, spare: bool = False, **more: int | str) -> Question:
    said = orjson.dumps({"id": int(number), **more})
    return Question(call("POST", f"{base}/{method}", {"Content-Type": "application/json"}, said), spare, _is_gone)


def _is_gone(answer: WebAnswer) -> bool:
    return is_gone(answer) or (answer.status == 400 and _NOT_FOUND.search(answer.body[:1000]) is not None)


def _refused(said: Any) -> None:
    if isinstance(said, dict) and said.get("error"):
        raise Trouble("said", text=plain(said.get("error_description") or said["error"])[:200])


def _result(said: Any, number: str) -> Thing:
    _refused(said)
    return whole(at(said, "result"), "ID", number)
