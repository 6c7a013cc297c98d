"""Contracts of a customer: the number, from when till when, and the minutes that differ from the company's promises."""

from functools import partial
from typing import Any

from aiohttp import web

from admin_web.forms import Typed, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import mark, unchanged
from core.company.queries import company
from core.company.rules import MAX_SLA_MINUTES, RANGES
from core.contracts import actions as contracts
from core.contracts.queries import ContractView, contract
from core.customers.queries import CustomerView, customer_view
from core.kernel.errors import Refusal
from core.sla.rules import KINDS, policy_for

SECTION = "/admin/customers"


@page("GET", r"/admin/customers/{id:\d+}/contracts/new", permission="customers.edit")
async def blank(request: web.Request) -> web.Response:
    return await _card(request, await customer_view(actor_of(request), row_of(request)), None)


@page("POST", r"/admin/customers/{id:\d+}/contracts/new", permission="customers.edit")
async def add(request: web.Request) -> web.Response:
    values = await _details(await typed(request))
    async with act(request):
        await contracts.add_contract(row_of(request), **values)
    return back(request, f"{SECTION}/{row_of(request)}", note="forms.added")


@page("GET", r"/admin/contracts/{id:\d+}", permission="customers.edit")
async def card(request: web.Request) -> web.Response:
    one = await contract(row_of(request))
    return await _card(request, await customer_view(actor_of(request), one.customer_id), one)


@page("POST", r"/admin/contracts/{id:\d+}", permission="customers.edit")
async def change(request: web.Request) -> web.Response:
    """Orders that come from now on are promised the new minutes."""
    values, one = await typed(request), await contract(row_of(request))
    details = await _details(values)
    async with act(request):
        await unchanged(request, values, partial(contract, one.id))
        await contracts.update_contract(one.id, **details)
    return back(request, f"{SECTION}/{one.customer_id}", note="saved")


async def _card(request: web.Request, customer: CustomerView, one: ContractView | None) -> web.Response:
    return await render(
        request,
        "admin/contract.html",
        customer=customer,
        one=one,
        seen=mark(one) if one else "",
        terms=one.terms if one else {},
        usual=(await company()).rule("sla"),
        usual_after=(await company()).rule("labour_after_hours"),
        kinds=KINDS,
        path=SECTION,
    )


async def _details(values: Typed) -> dict[str, Any]:
    found = {
        "number": values.text("number", 50, required=True),
        "starts_on": values.day("starts_on"),
        "ends_on": values.day("ends_on") if values.text("ends_on") else None,
    }
    low, high = RANGES["labour_after_hours"]
    after = values.whole("after_hours", low, high) if values.text("after_hours", 20) else None
    return {**found, "terms": await _terms(values), "after_hours": after}


async def _terms(values: Typed) -> dict[str, dict[str, int]]:
    """An empty field leaves the company's minutes; each row, those of the company included, grows from left to
    right."""
    usual, terms = (await company()).rule("sla"), {}
    for priority in usual:
        given = {kind: name for kind in KINDS if values.text(name := f"{priority}.{kind}", 20)}
        if given:
            terms[priority] = {kind: values.whole(name, 1, MAX_SLA_MINUTES) for kind, name in given.items()}
    for priority, minutes in policy_for(usual, terms).items():
        for before, after in (("response", "arrival"), ("arrival", "resolution")):
            if minutes[before] > minutes[after]:
                raise Refusal("settings.sla_order", field=f"{priority}.{after}")
    return terms
