"""Take an order from a page without a login, give its sender a private link, and take what they send by it."""

from datetime import timedelta

import orjson

from core.assets.queries import AssetView, asset_by_payload
from core.company.queries import company
from core.customers import actions as customers
from core.customers.queries import match_phone
from core.customers.rules import normalise_email
from core.events import OrderFollowed
from core.guests import queries
from core.guests.models import FollowLink
from core.guests.rules import FOLLOW, HOURLY_FLOOD, Form, check_form, check_key
from core.guests.uploads import whole
from core.kernel import ids
from core.kernel.actor import SYSTEM, Actor
from core.kernel.errors import NotFound, Refusal
from core.kernel.hints import broadcast
from core.kernel.read import fetchrow
from core.kernel.work import acting, current, emit
from core.orders import actions as orders
from core.people.rules import clean_name, normalise_phone
from core.sources import requests

HOUR = timedelta(hours=1)
SOURCE = "form"


async def submit(form: Form) -> tuple[str, int | None]:
    """An order of what the page sent, or a request where its place or customer is not known; the link's secret and the
    order's number. The same key again is the same order.

    Refusals: those of `check_form`, guests.closed, guests.too_often, guests.flood, people.bad_phone,
    customers.bad_email, assets.bad_tag, assets.revoked, orders.empty, guests.upload_unfinished.
    """
    w = current()
    check_form(form)
    await w.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", form.key)
    known = await FollowLink.get_or_none(key=form.key)
    if known is not None:
        return await _again(known)
    await _check_rates(form.sender)
    name = clean_name(form.name)
    phone = normalise_phone(form.phone) if form.phone else ""
    email = normalise_email(form.email)
    asset = await asset_by_payload(form.payload) if form.payload else None
    files = await whole(form.uploads)
    if not form.words.strip() and not files:
        raise Refusal("orders.empty")
    token, link = await _link(name, form.locale, "form", form.sender, form.key)
    if asset is not None:
        link.contact_id = await customers.guest(asset.customer_id, name, phone, email, form.locale)
        link.order_id = await _order(form, asset.customer_id, link.contact_id, asset, files, name)
    elif await _may_order(form):
        customer_id, link.contact_id = await _whose(name, phone, email, form.locale)
        link.order_id = await _order(form, customer_id, link.contact_id, None, files, name)
    else:
        link.request_id = await _request(form, name, phone, email, files)
    await link.save()
    return token, link.order_id


async def _again(link: FollowLink) -> tuple[str, int | None]:
    token = await queries.token_of(link.id)
    if token is None:
        raise NotFound("guests.link")
    return token, link.order_id


async def _check_rates(sender: str) -> None:
    """One address a few an hour; all together not more than a desk can read."""
    ours = await company()
    if not ours.rule("form_orders"):
        raise Refusal("guests.closed")
    row = await current().fetchrow(
        "SELECT count(*) FILTER (WHERE sender = $1) AS own, count(*) AS all FROM guests_links"
        " WHERE created_at > $2 AND origin = 'form'",
        sender,
        current().now - HOUR,
    )
    assert row is not None
    if row["own"] >= ours.rule("form_hourly"):
        raise Refusal("guests.too_often")
    if row["all"] >= HOURLY_FLOOD:
        raise Refusal("guests.flood")


async def _may_order(form: Form) -> bool:
    """A place that somebody can be sent to, and a company that lets strangers order."""
    return bool((form.address or form.lat is not None) and (await company()).rule("strangers_may_order"))


async def _whose(name: str, phone: str, email: str, locale: str) -> tuple[int, int]:
    """The customer whose person has this number, else a private one; the contact is a guest, for nobody proved it."""
    customer_id = None
    if phone and (known := await match_phone(phone)) is not None:
        row = await fetchrow("SELECT customer_id FROM customers_contacts WHERE id = $1", known)
        customer_id = int(row["customer_id"]) if row else None
    contact_id = await customers.guest(customer_id, name, phone, email, locale)
    row = await fetchrow("SELECT customer_id FROM customers_contacts WHERE id = $1", contact_id)
    assert row is not None
    return int(row["customer_id"]), contact_id


async def _order(
    form: Form, customer_id: int, contact_id: int, asset: AssetView | None, files: list[int], name: str
) -> int:
    sites = frozenset({asset.site_id}) if asset else frozenset()
    actor = Actor("contact", contact_id, locale=form.locale, name=name, customer_id=customer_id, site_ids=sites)
    async with acting(actor):
        return await orders.create(
            customer_id=customer_id,
            site_id=asset.site_id if asset else None,
            contact_id=contact_id,
            words=form.words,
            asset_ids=[asset.id] if asset else [],
            file_ids=files,
            address="" if asset else form.address,
            lat=None if asset else form.lat,
            lon=None if asset else form.lon,
            source=SOURCE,
            key=f"form:{form.key}"[:64],
        )


async def _request(form: Form, name: str, phone: str, email: str, files: list[int]) -> int:
    missing = [] if form.address or form.lat is not None else ["site"]
    facts = {"words": form.words, "name": name, "email": email, "address": form.address, "external": form.key}
    facts |= {"missing": missing, "files": files, "lat": form.lat, "lon": form.lon, "locale": form.locale}  # type: ignore[dict-item]
    return await requests.ask(SOURCE, f"form:{form.key}", "form", "waiting", phone, facts)


async def _link(
    name: str, locale: str, origin: str, sender: str = "", key: str | None = None
) -> tuple[str, FollowLink]:
    w = current()
    salt = ids.token()
    token = ids.keys().mac(FOLLOW, salt, size=24)
    row = await FollowLink.create(
        digest=ids.digest(token),
        salt=salt,
        key=key,
        name=name[:200],
        locale=locale,
        origin=origin,
        sender=sender,
        consent=str((await company()).rule("consent_version")) if origin == "form" else "",
        created_at=w.now,
    )
    return token, row


async def link_for(order_id: int) -> str | None:
    """The secret of the link of the order's contact, made if there is none: for letters to them. None for an order
    without a contact."""
    w = current()
    row = await w.fetchrow(
        "SELECT o.contact_id, k.name, k.locale FROM orders_orders o JOIN customers_contacts k ON k.id = o.contact_id"
        " WHERE o.id = $1 FOR UPDATE OF o",
        order_id,
    )
    if row is None:
        return None
    for known in await FollowLink.filter(order_id=order_id, contact_id=row["contact_id"], revoked_at=None).order_by(
        "id"
    ):
        if token := await queries.token_of(known.id):
            return token
    token, link = await _link(row["name"], row["locale"], "desk")
    link.order_id, link.contact_id = order_id, row["contact_id"]
    await link.save()
    return token


_REVOKE = """
UPDATE guests_links l SET revoked_at = $2 WHERE l.id = $1 AND l.revoked_at IS NULL
RETURNING l.name, l.request_id,
  coalesce(l.order_id, (SELECT r.order_id FROM sources_requests r WHERE r.id = l.request_id)) AS order_id
"""


async def revoke(link_id: int) -> None:
    """The link opens nothing any more, at once, and pages that it opened say so. The next letter to the order's contact
    carries a new one. By whoever dispatches. NotFound guests.link."""
    w = current()
    w.actor.require("orders.dispatch")
    row = await w.fetchrow(_REVOKE, link_id, w.now)
    if row is None:
        raise NotFound("guests.link")
    if row["order_id"]:
        await orders.note(row["order_id"], "order.link_revoked", {"name": row["name"]})
        w.on_commit(lambda: broadcast("orders", str(row["order_id"])))
    else:
        w.on_commit(lambda: broadcast("requests", str(row["request_id"])))


async def seen(link: queries.Opened) -> None:
    """The page was opened: whoever waits for a reaction has it."""
    w = current()
    await w.execute("UPDATE guests_links SET seen_at = $2 WHERE id = $1", link.id, w.now)
    if link.order_id:
        await emit(OrderFollowed(link.order_id))


async def first_time(link: queries.Opened, key: str) -> bool:
    """False when the page sent this before and we did it. Refusal guests.bad_key."""
    sql = "INSERT INTO guests_posts (link_id, key) VALUES ($1, $2) ON CONFLICT (link_id, key) DO NOTHING"
    return bool(await current().execute(sql, link.id, check_key(key)))


async def became_order(request_id: int, order_id: int) -> None:
    """A dispatcher made an order of a form's request: its files and its pin go along, open pages look again."""
    w = current()
    row = await w.fetchrow("SELECT facts FROM sources_requests WHERE id = $1 AND kind = 'form'", request_id)
    if row is None:
        return
    facts = orjson.loads(row["facts"])
    async with acting(SYSTEM):
        for file_id in facts.get("files") or ():
            await orders.attach(order_id, file_id, "request")
        if facts.get("lat") is not None:
            sql = "UPDATE orders_orders SET lat = $2, lon = $3 WHERE id = $1 AND lat IS NULL"
            await w.execute(sql, order_id, facts["lat"], facts["lon"])
    w.on_commit(lambda: broadcast("orders", str(order_id)))
