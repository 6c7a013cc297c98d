"""Take on customers, their branches, sites and people. Staff with `customers.edit` does."""

from typing import Any

from core.customers.models import Branch, Contact, Customer, Site
from core.customers.queries import match_phone as match_phone
from core.customers.rules import Circle, area_of, check_number, check_place, named, normalise_email, tidy
from core.kernel.actor import contact as contact_party
from core.kernel.errors import NotFound, Refusal
from core.kernel.words import LOCALES
from core.kernel.work import current
from core.outbox.sending import unblock
from core.people import actions as people
from core.people.rules import clean_name, normalise_phone

CUSTOMER_FIELDS = {"name": 200, "legal_name": 300, "inn": 12, "kpp": 9, "address": 300, "segment": 32}
SITE_TEXTS = {"name": 200, "address": 300, "hint": 300}
SITE_FIELDS = SITE_TEXTS.keys() | {"branch_id", "lat", "lon", "area_id", "responsible_id", "active"}
CONTACT_FIELDS = {"name", "phone", "email", "guest", "post", "locale", "branch_id", "active"}


async def add_customer(name: str, **fields: Any) -> int:
    """A new customer. Refusals: `customers.no_name`, `customers.bad_number`."""
    current().actor.require("customers.edit")
    row = await Customer.create(created_at=current().now, **_customer_values({"name": name, **fields}))
    return int(row.id)


async def update_customer(customer_id: int, **fields: Any) -> None:
    """Change the card; `active=False` lets them go: their people are strangers from then on."""
    current().actor.require("customers.edit")
    values = _customer_values(fields)
    if values and not await Customer.filter(id=customer_id).update(**values):
        raise NotFound("customers", id=customer_id)


async def add_branch(customer_id: int, name: str, parent_id: int | None = None) -> int:
    """A node of the customer's network, below another or at the top."""
    current().actor.require("customers.edit")
    await _own_branch(customer_id, parent_id)
    if not await Customer.exists(id=customer_id):
        raise NotFound("customers", id=customer_id)
    row = await Branch.create(customer_id=customer_id, parent_id=parent_id, name=named(name))
    return int(row.id)


async def rename_branch(branch_id: int, name: str) -> None:
    current().actor.require("customers.edit")
    if not await Branch.filter(id=branch_id).update(name=named(name)):
        raise NotFound("customers.branch", id=branch_id)


async def remove_branch(branch_id: int) -> None:
    """Take a node out of the network. `customers.branch_used`, with how many, while sites, contacts or other branches
    hang on it, closed and former ones too: somebody's sight ends at this node."""
    w = current()
    w.actor.require("customers.edit")
    if not await Branch.filter(id=branch_id).select_for_update().first():
        raise NotFound("customers.branch", id=branch_id)
    used = {
        "sites": await Site.filter(branch_id=branch_id).count(),
        "contacts": await Contact.filter(branch_id=branch_id).count(),
        "branches": await Branch.filter(parent_id=branch_id).count(),
    }
    if any(used.values()):
        raise Refusal("customers.branch_used", **used)
    await Branch.filter(id=branch_id).delete()


async def add_site(customer_id: int, name: str, **fields: Any) -> int:
    """A new site; with a place and no `area_id` its area is found by the map."""
    w = current()
    w.actor.require("customers.edit")
    if not await Customer.exists(id=customer_id):
        raise NotFound("customers", id=customer_id)
    values = await _site_values(customer_id, {"name": name, **fields})
    row = await Site.create(customer_id=customer_id, created_at=w.now, **values)
    return int(row.id)


async def update_site(site_id: int, **fields: Any) -> None:
    """Change a site; one that closed (`active=False`) is offered nobody any more."""
    current().actor.require("customers.edit")
    row = await Site.get_or_none(id=site_id)
    if row is None:
        raise NotFound("customers.site", id=site_id)
    row.update_from_dict(await _site_values(row.customer_id, fields))
    check_place(row.lat, row.lon)
    await row.save()


async def hold_site(site_id: int) -> None:
    """Nobody else changes it until the work ends."""
    if not await current().fetchval("SELECT true FROM customers_sites WHERE id = $1 FOR UPDATE", site_id):
        raise NotFound("customers.site", id=site_id)


async def add_contact(customer_id: int, name: str, phone: str = "", **fields: Any) -> int:
    """A customer's person; `branch_id` limits them to the sites below it."""
    w = current()
    w.actor.require("customers.edit")
    if not await Customer.exists(id=customer_id):
        raise NotFound("customers", id=customer_id)
    values = await _contact_values(customer_id, {"name": name, "phone": phone, **fields})
    row = await Contact.create(customer_id=customer_id, created_at=w.now, **values)
    return int(row.id)


async def update_contact(contact_id: int, **fields: Any) -> None:
    """Change a contact; their chats follow the language. Somebody who left (`active=False`) is a stranger. A number or
    an address that is another now may be told again, though the former one refused."""
    current().actor.require("customers.edit")
    row = await Contact.get_or_none(id=contact_id)
    if row is None:
        raise NotFound("customers.contact", id=contact_id)
    phone, email = row.phone, row.email
    row.update_from_dict(await _contact_values(row.customer_id, fields))
    await row.save()
    by_phone = ("whatsapp", "sms", "voice") if row.phone != phone else ()
    for channel in (*by_phone, *(("email",) if row.email != email else ())):
        await unblock(channel, contact_id)
    if "locale" in fields:
        await people.set_locale(contact_party(contact_id), row.locale)


async def private_customer(name: str, phone: str) -> tuple[int, int]:
    """A person who orders for themselves: `(customer id, contact id)`. Somebody known by this number stays who they
    are."""
    w = current()
    w.actor.require("customers.edit")
    number = normalise_phone(phone)
    known = await match_phone(number)
    if known is not None:
        row = await Contact.get(id=known)
        return int(row.customer_id), known
    customer = await Customer.create(name=clean_name(name), private=True, created_at=w.now)
    contact = await Contact.create(customer_id=customer.id, name=clean_name(name), phone=number, created_at=w.now)
    return int(customer.id), int(contact.id)


async def guest(customer_id: int | None, name: str, phone: str = "", email: str = "", locale: str = "ru") -> int:
    """A person whom nobody proved: of this customer, or (None) who orders for themselves. Somebody who came before with
    the same number or address stays who they are; the contact's id."""
    w = current()
    w.actor.require("customers.edit")
    name, address = clean_name(name), normalise_email(email)
    number = normalise_phone(phone) if phone else ""
    known = await w.fetchval(_GUEST, customer_id, number, address)
    if known is not None:
        return int(known)
    if customer_id is None:
        customer_id = (await Customer.create(name=name, private=True, created_at=w.now)).id
    values: dict[str, Any] = {"name": name, "phone": number, "email": address, "locale": locale, "guest": True}
    row = await Contact.create(customer_id=customer_id, created_at=w.now, **values)
    return int(row.id)


_GUEST = """
SELECT k.id FROM customers_contacts k JOIN customers_customers c ON c.id = k.customer_id AND c.active
WHERE k.guest AND k.active AND CASE WHEN $1::bigint IS NULL THEN c.private ELSE k.customer_id = $1 END
  AND k.phone = $2 AND k.email = $3 AND ($2 <> '' OR $3 <> '') ORDER BY k.id LIMIT 1
"""


def _customer_values(fields: dict[str, Any]) -> dict[str, Any]:
    values = _known(fields, CUSTOMER_FIELDS.keys() | {"private", "active"})
    for field in values.keys() & CUSTOMER_FIELDS.keys():
        values[field] = tidy(values[field], CUSTOMER_FIELDS[field])
    if "name" in values:
        values["name"] = named(values["name"])
    for field, lengths in (("inn", (10, 12)), ("kpp", (9,))):
        if field in values:
            values[field] = check_number(field, fields[field], lengths)
    return values


async def _site_values(customer_id: int, fields: dict[str, Any]) -> dict[str, Any]:
    values = _known(fields, SITE_FIELDS)
    for field in values.keys() & SITE_TEXTS.keys():
        values[field] = tidy(values[field], SITE_TEXTS[field])
    if "name" in values:
        values["name"] = named(values["name"])
    await _own_branch(customer_id, values.get("branch_id"))
    if values.keys() & {"lat", "lon"}:
        check_place(values.get("lat"), values.get("lon"))
        if values.get("lat") is not None and "area_id" not in values:
            values["area_id"] = await _area(values["lat"], values["lon"])
    return values


async def _contact_values(customer_id: int, fields: dict[str, Any]) -> dict[str, Any]:
    values = _known(fields, CONTACT_FIELDS)
    if "name" in values:
        values["name"] = clean_name(values["name"])
    if values.get("phone"):
        values["phone"] = normalise_phone(values["phone"])
    if "email" in values:
        values["email"] = normalise_email(values["email"])
    if "post" in values:
        values["post"] = tidy(values["post"], 100)
    if values.get("locale", "ru") not in LOCALES:
        raise Refusal("people.unknown_locale")
    await _own_branch(customer_id, values.get("branch_id"))
    return values


def _known(fields: dict[str, Any], names: set[str]) -> dict[str, Any]:
    if unknown := fields.keys() - names:
        raise Refusal("customers.unknown_field", names=sorted(unknown))
    return dict(fields)


async def _own_branch(customer_id: int, branch_id: int | None) -> None:
    if branch_id is not None and not await Branch.exists(id=branch_id, customer_id=customer_id):
        raise NotFound("customers.branch", id=branch_id)


async def _area(lat: float, lon: float) -> int | None:
    rows = await current().fetch(
        """SELECT id, radius, 12742 * asin(least(1, sqrt(power(sin(radians(lat - $1) / 2), 2)
             + cos(radians($1)) * cos(radians(lat)) * power(sin(radians(lon - $2) / 2), 2)))) AS distance
           FROM people_areas""",
        float(lat),
        float(lon),
    )
    return area_of(Circle(row["id"], row["distance"], row["radius"]) for row in rows)
