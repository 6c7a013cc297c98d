"""Deadline policies: who is promised what, by which calendar, where the clocks stand still, how long a job may stay
at each stage; the first that fits an order holds."""

from typing import Any

from aiohttp import web

from admin_web.forms import Typed, code_for, typed
from admin_web.page import act, back, page, render
from admin_web.seen import mark, unchanged
from core.company.queries import company
from core.company.rules import MAX_SLA_MINUTES, RULES
from core.contracts.queries import contracts_in_force
from core.kernel.clock import now
from core.kernel.errors import NotFound, Refusal
from core.kernel.locks import meet
from core.kernel.work import current
from core.orders.queries import lifecycle
from core.orders.rules import KINDS as ORDER_KINDS
from core.orders.rules import LEVELS, OVER
from core.schedule.queries import calendars
from core.sla.actions import save_policies
from core.sla.policies import MOST_WARNINGS, NO_NORM, USUAL_WARN
from core.sla.queries import policies
from core.sla.rules import KINDS

POLICIES = "/admin/settings/policies"
ONE = POLICIES + "/{code:[a-z0-9_]+}"
MOST_TEXT = 4000
Policy = dict[str, Any]


@page("GET", POLICIES, permission="company.edit")
async def listed(request: web.Request) -> web.Response:
    names = {one.code: one.name for one in await calendars()}
    return await render(request, "admin/policies.html", policies=await policies(), calendars=names, kinds=KINDS)


@page("GET", f"{POLICIES}/new", permission="company.edit")
async def blank(request: web.Request) -> web.Response:
    return await _card(request, None)


@page("POST", f"{POLICIES}/new", permission="company.edit")
async def add(request: web.Request) -> web.Response:
    """A new policy stands last."""
    values = await typed(request)
    made = await _policy(values)
    async with act(request):
        known = await _held()
        code = code_for(made["name"]["en"], ["new", *(one["code"] for one in known)], "policy")
        await save_policies([*known, {"code": code, **made}])
    return back(request, POLICIES, note="forms.added")


@page("GET", ONE, permission="company.edit")
async def card(request: web.Request) -> web.Response:
    known = await policies()
    return await _card(request, known[_place(known, request)])


@page("POST", ONE, permission="company.edit")
async def change(request: web.Request) -> web.Response:
    """Deadlines that run already stay as they were promised."""
    values = await typed(request)
    made = await _policy(values)

    async def showing() -> Policy:
        known = await policies()
        return known[_place(known, request)]

    async with act(request):
        await unchanged(request, values, showing)
        known = await _held()
        at = _place(known, request)
        known[at] = {"code": known[at]["code"], **made}
        await save_policies(known)
    return back(request, POLICIES, note="saved")


@page("POST", ONE + "/up", permission="company.edit")
async def up(request: web.Request) -> web.Response:
    """Before the one that stands above it."""
    async with act(request):
        known = await _held()
        at = _place(known, request)
        known.insert(max(at - 1, 0), known.pop(at))
        await save_policies(known)
    return back(request, POLICIES, note="saved")


@page("POST", ONE + "/remove", permission="company.edit")
async def remove(request: web.Request) -> web.Response:
    async with act(request):
        known = await _held()
        known.pop(_place(known, request))
        await save_policies(known)
    return back(request, POLICIES, note="saved")


async def _held() -> list[Policy]:
    """The list, which is saved as a whole: whoever changes another policy of it waits until this work is over."""
    await meet(current(), POLICIES)
    return await policies()


def _place(known: list[Policy], request: web.Request) -> int:
    code = request.match_info["code"]
    found = next((n for n, one in enumerate(known) if one["code"] == code), None)
    if found is None:
        raise NotFound("sla.policy", policy=code)
    return found


async def _card(request: web.Request, one: Policy | None) -> web.Response:
    today, when = now().astimezone((await company()).tz).date(), (one or {}).get("when", {})
    return await render(
        request,
        "admin/policy.html",
        one=one or {"code": None, "name": {}, "minutes": RULES["sla"]["normal"], "calendar": ""},
        seen=mark(one) if one else "",
        when=when,
        warn=", ".join(str(percent) for percent in (one or {}).get("warn") or USUAL_WARN),
        stops={pause["stage"]: pause.get("reasons", []) for pause in (one or {}).get("pauses", [])},
        norms={norm["stage"]: norm for norm in (one or {}).get("norms", [])},
        contracts=await contracts_in_force(today, chosen=when.get("contracts", [])),
        calendars=[(made.code, made.name) for made in await calendars()],
        stages=await _stages(),
        normed=await _normed(),
        order_kinds=ORDER_KINDS,
        levels=LEVELS,
        kinds=KINDS,
    )


async def _stages() -> list[dict[str, Any]]:
    """Those at which a job is not over."""
    return [stage for stage in await lifecycle() if stage["state"] not in OVER]


async def _normed() -> list[dict[str, Any]]:
    """Those that a job leaves again."""
    return [stage for stage in await lifecycle() if stage["state"] not in NO_NORM]


async def _policy(values: Typed) -> Policy:
    minutes = {kind: values.whole(f"minutes.{kind}", 1, MAX_SLA_MINUTES) for kind in KINDS}
    for before, after in (("response", "arrival"), ("arrival", "resolution")):
        if minutes[before] > minutes[after]:
            raise Refusal("settings.sla_order", field=f"minutes.{after}")
    segments = [part.strip() for part in values.text("segments", 400).split(",")]
    return {
        "name": values.both("name", 100),
        "when": {
            "contracts": values.rows("contract"),
            "segments": [segment for segment in segments if segment],
            "kinds": [kind for kind in ORDER_KINDS if kind in values.all("kind")],
            "priorities": [level for level in LEVELS if level in values.all("priority")],
        },
        "minutes": minutes,
        "calendar": values.choice("calendar", ["", *(one.code for one in await calendars())]),
        "warn": _shares(values),
        "pauses": [_pause(values, stage["code"]) for stage in await _stages() if values.flag(f"stop.{stage['code']}")],
        "norms": [norm for stage in await _normed() if (norm := _norm(values, stage["code"]))],
    }


def _shares(values: Typed) -> list[int]:
    """«50, 80»: per cent, each once, the smallest first."""
    parts = [
        part for part in values.text("warn", 60, required=True).replace("%", "").replace(" ", "").split(",") if part
    ]
    if not all(part.isascii() and part.isdecimal() and 1 <= int(part) <= 99 for part in parts):
        raise Refusal("form.number", field="warn", low=1, high=99)
    shares = sorted({int(part) for part in parts})
    if not 0 < len(shares) <= MOST_WARNINGS:
        raise Refusal("form.number", field="warn", low=1, high=99)
    return shares


def _pause(values: Typed, stage: str) -> dict[str, Any]:
    lines = (" ".join(line.split()) for line in values.prose(f"reasons.{stage}", MOST_TEXT).splitlines())
    return {"stage": stage, "reasons": [line for line in lines if line]}


def _norm(values: Typed, stage: str) -> dict[str, Any] | None:
    """None where no minutes were typed."""
    if not values.text(f"norm.{stage}", 20):
        return None
    norm: dict[str, Any] = {"stage": stage, "minutes": values.whole(f"norm.{stage}", 1, MAX_SLA_MINUTES)}
    if values.flag(f"norm_stands.{stage}"):
        if not (values.flag(f"stop.{stage}") and _pause(values, stage)["reasons"]):
            raise Refusal("policies.norm_stands", field=f"norm_stands.{stage}")
        norm["pauses"] = True
    return norm
