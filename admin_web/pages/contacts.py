"""A customer's people: who may order, what they see, and their way into the customer bot."""

from typing import Any

from aiohttp import web

from admin_web.forms import Typed, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from core.customers import actions as customers
from core.customers.queries import branches, contact_view, customer_view
from core.kernel import qr
from core.kernel.actor import contact as contact_party
from core.kernel.links import links
from core.kernel.words import LOCALES
from core.people import actions as people

INVITE_HOURS = 24 * 14
SECTION = "/admin/customers"


@page("POST", r"/admin/customers/{id:\d+}/contacts", permission="customers.edit")
async def add(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        contact_id = await customers.add_contact(row_of(request), **_details(values))
    return back(request, f"/admin/contacts/{contact_id}", note="contacts.added")


@page("GET", r"/admin/contacts/{id:\d+}", permission="customers.edit")
async def card(request: web.Request) -> web.Response:
    contact = await contact_view(actor_of(request), row_of(request))
    customer = await customer_view(actor_of(request), contact.customer_id)
    known = await branches(contact.customer_id)
    return await render(request, "admin/contact.html", contact=contact, customer=customer, branches=known, path=SECTION)


@page("POST", r"/admin/contacts/{id:\d+}", permission="customers.edit")
async def change(request: web.Request) -> web.Response:
    values, contact_id = await typed(request), row_of(request)
    async with act(request):
        await customers.update_contact(contact_id, **_details(values))
    return back(request, f"/admin/contacts/{contact_id}", note="saved")


@page("POST", r"/admin/contacts/{id:\d+}/{state:leave|return}", permission="customers.edit")
async def leave(request: web.Request) -> web.Response:
    """Somebody who left the customer is a stranger from then on."""
    active = request.match_info["state"] == "return"
    async with act(request):
        await customers.update_contact(row_of(request), active=active)
    return back(request, f"/admin/contacts/{row_of(request)}", note="forms.restored" if active else "forms.archived")


@page("POST", r"/admin/contacts/{id:\d+}/invite", permission="customers.edit")
async def invite(request: web.Request) -> web.Response:
    """A one-time link into the customer bot, shown this once."""
    contact_id = row_of(request)
    async with act(request):
        token = await people.issue_invite("contact", contact_party(contact_id), INVITE_HOURS)
    link = links.start("customer", f"i_{token}")
    return await render(
        request,
        "admin/invite.html",
        link=link,
        command=f"/start i_{token}",
        code=qr.svg(link) if link else "",
        hours=INVITE_HOURS,
        back_to=f"/admin/contacts/{contact_id}",
    )


def _details(values: Typed) -> dict[str, Any]:
    return {
        "name": values.text("name", required=True),
        "phone": values.text("phone", 40),
        "post": values.text("post", 100),
        "locale": values.choice("locale", LOCALES),
        "branch_id": values.row("branch"),
    }
