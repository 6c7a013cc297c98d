"""amoCRM leads, API v4 with a long-lived token; `https://<account>.amocrm.ru` is the address. A lead has only the ids
of its contacts and its company; the main contact and the company are asked for. What lies in «unsorted» leads to its
lead. What is not there is answered 204 or 404. Source: vendor documentation of leads, unsorted, contacts and companies;
never tried on a live account."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from core.sources.mapping import at, plain
from core.sources.polls.page import get
from core.sources.queries import SourceView
from core.sources.reads.talk import Question, Talk, Thing, door, is_number, named, own_fields, person, whole

PHONE, EMAIL = "PHONE", "EMAIL"


def read(source: SourceView, event: Mapping[str, Any], known: Thing | None) -> Talk | None:
    found, name = door(source), named(event)
    entity = "lead" if source.needs.polled else str(event.get("event") or "").removeprefix("crm.").partition(".")[0]
    if found is None:
        return None
    if entity == "lead" and is_number(name):
        return _lead(*found, name, known)
    if entity == "unsorted" and name.isascii() and name.isalnum() and len(name) <= 64:
        return _unsorted(*found, name)
    return None


def _unsorted(base: str, token: str, uid: str) -> Talk:
    said = yield _ask(base, token, f"leads/unsorted/{quote(uid)}")
    if said is None:
        return None
    number = plain(at(whole(said, "uid", uid), "_embedded.leads.0.id"))
    return (yield from _lead(base, token, number, None)) if is_number(number) else None


def _lead(base: str, token: str, number: str, known: Thing | None) -> Talk:
    said = known or (yield _ask(base, token, f"leads/{number}", {"with": "contacts"}))
    if said is None:
        return None
    lead = whole(said, "id", number)
    contact, company, man, firm = _main(lead), plain(at(lead, "_embedded.companies.0.id")), None, None
    if is_number(contact):
        man = yield _ask(base, token, f"contacts/{contact}", spare=True)
    if is_number(company):
        firm = yield _ask(base, token, f"companies/{company}", spare=True)
    return {
        **lead,
        "customer": plain(at(firm, "name")),
        "contact": person(at(man, "name"), _coded(man, PHONE) or _coded(firm, PHONE), _coded(man, EMAIL)),
        "fields": own_fields(lead.get("custom_fields_values"), "field_name", "values.0.value"),
    }


def _main(lead: Thing) -> str:
    """The id of the main contact, else of the first."""
    found = at(lead, "_embedded.contacts")
    rows = [row for row in (found if isinstance(found, list) else []) if isinstance(row, dict)]
    main = [row for row in rows if row.get("is_main") is True]
    return plain((main or rows or [{}])[0].get("id"))


def _coded(card: Any, code: str) -> str:
    found = at(card, "custom_fields_values")
    rows = found if isinstance(found, list) else []
    return next((plain(at(row, "values.0.value")) for row in rows if at(row, "field_code") == code), "")


def _ask(base: str, token: str, path: str, fields: Mapping[str, Any] | None = None, *, spare: bool = False) -> Question:
    return Question(get(f"{base}/api/v4/{path}", fields or {}, {"Authorization": f"Bearer {token}"}), spare)
