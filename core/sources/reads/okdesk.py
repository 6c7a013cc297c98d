"""Okdesk issues, API v1; `https://<account>.okdesk.ru` is the address, the key stands in the query. The contact's
telephone and the company's name are asked for. Source: vendor documentation of issues, contacts and companies; never
tried on a live account."""

from collections.abc import Mapping
from typing import Any

from core.sources.mapping import at, plain
from core.sources.polls.page import get
from core.sources.queries import SourceView
from core.sources.reads.talk import Question, Talk, Thing, bare, door, is_number, named, own_fields, person, whole


def read(source: SourceView, event: Mapping[str, Any], known: Thing | None) -> Talk | None:
    """A list of issues leaves their descriptions out, so each is read."""
    found, number = door(source), named(event)
    is_issue = source.needs.polled or str(event.get("event") or "").startswith("ticket.")
    return _issue(*found, number) if found is not None and is_issue and is_number(number) else None


def _issue(base: str, token: str, number: str) -> Talk:
    said = yield _ask(base, token, f"issues/{number}")
    if said is None:
        return None
    issue = whole(said, "id", number)
    contact, company, man = plain(at(issue, "contact.id")), plain(issue.get("company_id")), None
    customer = plain(at(issue, "company.name"))
    if is_number(contact):
        man = yield _ask(base, token, "contacts", {"id": contact}, spare=True)
    if not customer and is_number(company):
        customer = plain(at((yield _ask(base, token, "companies", {"id": company}, spare=True)), "name"))
    name = " ".join(filter(None, (plain(at(man, one)) for one in ("first_name", "last_name"))))
    return {
        **issue,
        "description": bare(issue.get("description")),
        "customer": customer,
        "contact": person(
            plain(at(issue, "contact.name")) or name, at(man, "mobile_phone") or at(man, "phone"), at(man, "email")
        ),
        "fields": own_fields(issue.get("parameters"), "name", "value"),
    }


def _ask(base: str, token: str, path: str, fields: Mapping[str, Any] | None = None, *, spare: bool = False) -> Question:
    return Question(get(f"{base}/api/v1/{path}", {**(fields or {}), "api_token": token}, {}), spare)
