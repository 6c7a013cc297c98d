"""The company's settings: its requisites, its switches in plain words, what it promises, and how urgent a thing is."""

from functools import partial
from typing import Any
from zoneinfo import available_timezones

from aiohttp import web

from admin_web.forms import Typed, typed
from admin_web.page import act, back, page, render
from admin_web.seen import mark, unchanged
from core.company import actions as company
from core.company.queries import company as the_company
from core.company.queries import forget
from core.company.rules import CHOICES, MAX_SLA_MINUTES, RANGES, RULES, TEXT_LENGTHS
from core.customers.rules import normalise_email
from core.kernel.errors import Refusal
from core.kernel.words import LOCALES
from core.people.rules import normalise_phone

CARD, SWITCHES, PROMISES = "/admin/settings", "/admin/settings/rules", "/admin/settings/sla"
MATRIX = "/admin/settings/priorities"
TEXTS = {"name": 200, "legal_name": 300, "inn": 20, "kpp": 20, "address": 300, "bank": 300, "phone": 20, "email": 100}
ELSEWHERE = frozenset({"sla", "priorities", "offer_seconds", "offer_width"})
"""Rules with a page of their own."""


@page("GET", CARD, permission="company.edit")
async def card(request: web.Request) -> web.Response:
    seen = mark(await _card())
    return await render(request, "admin/settings.html", seen=seen, zones=sorted(available_timezones()), locales=LOCALES)


@page("POST", CARD, permission="company.edit")
async def save_card(request: web.Request) -> web.Response:
    values = await typed(request)
    fields: dict[str, Any] = {name: values.text(name, limit) for name, limit in TEXTS.items()}
    if not fields["name"]:
        raise Refusal("form.required", field="name")
    _check_reach(fields["phone"], fields["email"])
    fields["zone"] = values.text("zone", 64, required=True)
    if fields["zone"] not in available_timezones():
        raise Refusal("company.bad_field", name="zone")
    fields["locale"] = values.choice("locale", LOCALES)
    fields["colour"] = values.text("colour", 7)
    fields["vat_rate"] = values.decimal("vat_rate", 0, 100)
    async with act(request):
        await unchanged(request, values, _card)
        await company.update(**fields)
    return back(request, CARD, note="saved")


async def _card() -> list[Any]:
    """All that the card's form shows, as it is now: no other process's save of this second is missed."""
    forget()
    ours = await the_company()
    return [*(getattr(ours, name) for name in TEXTS), ours.zone, ours.locale, ours.colour, ours.vat_rate]


async def _rules(*names: str) -> dict[str, Any]:
    forget()
    ours = await the_company()
    return {name: ours.rule(name) for name in names}


def _check_reach(phone: str, email: str) -> None:
    """Customers read them on acts: kept as they were typed, if they can be called and written to."""
    if phone:
        normalise_phone(phone)
    try:
        normalise_email(email)
    except Refusal as refusal:
        raise Refusal(refusal.code, field="email") from refusal


@page("GET", SWITCHES, permission="company.edit")
async def switches(request: web.Request) -> web.Response:
    shown = [name for name in RULES if name not in ELSEWHERE]
    values = await _rules(*shown)
    return await render(
        request,
        "admin/rules.html",
        values=values,
        seen=mark(values),
        ticks=[name for name in shown if isinstance(RULES[name], bool)],
        numbers=[(name, RANGES[name]) for name in shown if name in RANGES],
        choices=[(name, [(one, one) for one in CHOICES[name]]) for name in shown if name in CHOICES],
        texts=[(name, TEXT_LENGTHS[name]) for name in shown if name in TEXT_LENGTHS],
    )


@page("POST", SWITCHES, permission="company.edit")
async def save_switches(request: web.Request) -> web.Response:
    values = await typed(request)
    wanted = {name: _rule(values, name) for name in RULES if name not in ELSEWHERE}
    async with act(request):
        await unchanged(request, values, partial(_rules, *wanted))
        before = await _rules(*wanted)
        for name, value in wanted.items():
            if value != before[name]:
                await company.set_rule(name, value)
    return back(request, SWITCHES, note="saved")


def _rule(values: Typed, name: str) -> Any:
    if isinstance(RULES[name], bool):
        return values.flag(name)
    if name in RANGES:
        return values.whole(name, *RANGES[name])
    if name in CHOICES:
        return int(values.choice(name, [str(one) for one in CHOICES[name]]))
    return values.text(name, TEXT_LENGTHS[name], required=True)


@page("GET", PROMISES, permission="company.edit")
async def promises(request: web.Request) -> web.Response:
    ours = await _rules("sla", "priorities")
    sla, matrix = ours["sla"], ours["priorities"]
    seen_sla, seen_matrix = mark({"sla": sla}), mark({"priorities": matrix})
    shown = {"sla": sla, "matrix": matrix}
    return await render(request, "admin/sla.html", seen_sla=seen_sla, seen_matrix=seen_matrix, **shown)


@page("POST", PROMISES, permission="company.edit")
async def save_promises(request: web.Request) -> web.Response:
    """Minutes by priority and kind; each row grows from left to right."""
    values = await typed(request)
    wanted = {}
    for priority, kinds in RULES["sla"].items():
        minutes = {kind: values.whole(f"{priority}.{kind}", 1, MAX_SLA_MINUTES) for kind in kinds}
        for before, after in (("response", "arrival"), ("arrival", "resolution")):
            if minutes[before] > minutes[after]:
                raise Refusal("settings.sla_order", field=f"{priority}.{after}")
        wanted[priority] = minutes
    async with act(request):
        await unchanged(request, values, partial(_rules, "sla"))
        await company.set_rule("sla", wanted)
    return back(request, PROMISES, note="saved")


@page("POST", MATRIX, permission="company.edit")
async def save_matrix(request: web.Request) -> web.Response:
    """The priority of a new order by the criticality of its machine and the urgency that the customer stated."""
    values = await typed(request)
    wanted = {
        critical: {urgency: values.choice(f"{critical}.{urgency}", row) for urgency in row}
        for critical, row in RULES["priorities"].items()
    }
    async with act(request):
        await unchanged(request, values, partial(_rules, "priorities"))
        await company.set_rule("priorities", wanted)
    return back(request, PROMISES, note="saved")
