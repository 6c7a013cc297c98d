"""How the robot chooses: named rule sets with weights on sliders, tried on an order before they are kept, in versions
that can be brought back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from admin_web.forms import Typed, asked, code_for, row_of, typed
from admin_web.page import act, actor_of, back, page, render, said
from core import ports
from core.customers.queries import customers, sites_for
from core.dispatch import settle
from core.dispatch.queries import Group, called, ruleset, rulesets, trial, versions
from core.dispatch.rules import (
    DEFAULT_WEIGHTS,
    ESCALATE_BY,
    ESCALATE_SECONDS,
    MANAGER,
    MAX_WEIGHT,
    MAX_WIDTH,
    MODES,
    MOST_STEPS,
    OFFER_SECONDS,
    REMIND_BY,
    REMIND_FROM,
    SWITCHES,
    Step,
    Term,
    wrong_step,
)
from core.dispatch.rulesets import MOST_LISTED, USUAL, Rules, overlaps, unreachable
from core.kernel.errors import Refusal
from core.orders.queries import lifecycle, orders_list
from core.orders.rules import KINDS, LEVELS, OPEN
from core.people.queries import members, skills
from core.people.rules import LEVELS as SKILL_LEVELS

ROBOT = "/admin/settings/dispatch"
ONE = ROBOT + "/{code:[a-z][a-z0-9_]*}"
FIRST_STATES = ("new", "offered")
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Slide:
    """A weight on a slider from `low` to `high`; the field beside it takes any number that is allowed."""

    code: str
    low: float
    high: float
    step: float


@dataclass(frozen=True, slots=True)
class Ladder:
    """A ladder in the form: its fields begin with `name`."""

    name: str
    steps: tuple[Step, ...]
    ways: tuple[str, ...]
    title: str


SLIDES = (
    Slide("travel", 0, 5, 0.1),
    Slide("priority", 0, 5, 0.1),
    Slide("busy", 0, 5, 0.1),
    Slide("load", 0, 60, 1),
    Slide("shift", 0, 5, 0.1),
    Slide("late", 0, 10, 0.1),
    Slide("slack", 0, 2, 0.05),
    Slide("responsible", -120, 0, 1),
    Slide("often", -30, 0, 0.5),
    Slide("asset", -60, 0, 1),
    Slide("return", -120, 0, 1),
    Slide("level", -30, 0, 0.5),
    Slide("rating", -60, 0, 1),
    Slide("parts", 0, 120, 1),
    Slide("cost", 0, 30, 0.5),
    Slide("fair", 0, 60, 1),
    Slide("max_open", 1, 30, 1),
)


@page("GET", ROBOT, permission="company.edit")
async def listed(request: web.Request) -> web.Response:
    """Every rule set, with what it is for; `q` searches names, customers and segments."""
    known, names = await rulesets(), {one.id: one.name for one in await customers(limit=500)}
    search, t = asked(request), said(request)
    shown = [one for one in known if _matches(one, names, search, t.locale)]
    return await render(
        request,
        "admin/rulesets.html",
        rulesets=shown,
        search=search,
        names=names,
        usual=USUAL,
        meeting=overlaps(known),
        idle=unreachable(known),
    )


def _matches(one: Rules, names: dict[int, str], search: str, locale: str) -> bool:
    served = " ".join(names.get(customer, "") for customer in one.when.get("customers", ()))
    text = f"{' '.join(one.name.values())} {served} {' '.join(one.when.get('segments', ()))} {one.code}".casefold()
    return all(word in text for word in search.casefold().split())


@page("GET", ROBOT + "/new", permission="company.edit")
async def blank(request: web.Request) -> web.Response:
    """Begins as the usual one is now."""
    return await _card(request, replace(await ruleset(USUAL), code="", name={}, when={}, id=0))


@page("POST", ROBOT + "/new", permission="company.edit")
async def add(request: web.Request) -> web.Response:
    values, known = await typed(request), await rulesets()
    code = code_for(values.both("name", 100)["en"], ["new", "trial", *(one.code for one in known)], "rules")
    async with act(request):
        await settle.save_ruleset(_typed(values, code))
    return back(request, ROBOT, note="forms.added")


@page("POST", ROBOT + "/trial", permission="company.edit")
async def tried(request: web.Request) -> web.Response:
    """The ranking by what stands in the form now; nothing is kept."""
    values = await typed(request)
    rules = _typed(values, values.text("code", 32) or USUAL, tried=True)
    order, site = values.row("trial.order"), values.row("trial.site")
    if order is None and site is None:
        return await render(request, "admin/ruleset_trial.html", verdict=None)
    pretend = {
        "order_id": order,
        "site_id": site,
        "kind": values.choice("trial.kind", KINDS),
        "priority": values.choice("trial.priority", LEVELS),
        "skills": {one.code: values.whole(f"trial.skill.{one.code}", 1, max(SKILL_LEVELS))
                   for one in await skills() if values.text(f"trial.skill.{one.code}", 2)},
    }  # fmt: skip
    verdict, now_holds = await trial(actor_of(request), rules, pretend)
    names = await _named(verdict.rejected)
    return await render(
        request,
        "admin/ruleset_trial.html",
        verdict=verdict,
        best=[(one, sorted(one.terms, key=_largest)) for one in verdict.ranked[:SHOWN]],
        names=names,
        called=await called(),
        other=now_holds if now_holds.code != rules.code else None,
    )


def _largest(term: Term) -> float:
    return -abs(term["minutes"])


async def _named(rejected: Sequence[Group]) -> dict[int, str]:
    wanted = {member for _, _, ids in rejected for member in ids[:SHOWN]}
    return {one.id: one.name for one in await members() if one.id in wanted}


@page("GET", ONE, permission="company.edit")
async def card(request: web.Request) -> web.Response:
    return await _card(request, await ruleset(request.match_info["code"]))


@page("POST", ONE, permission="company.edit")
async def change(request: web.Request) -> web.Response:
    """A new version, from the next job on."""
    code = (await ruleset(request.match_info["code"])).code
    values = await typed(request)
    async with act(request):
        await settle.save_ruleset(_typed(values, code))
    return back(request, f"{ROBOT}/{code}", note="saved")


@page("POST", ONE + "/remove", permission="company.edit")
async def remove(request: web.Request) -> web.Response:
    async with act(request):
        await settle.remove_ruleset(request.match_info["code"])
    return back(request, ROBOT, note="forms.removed")


@page("POST", ONE + r"/versions/{id:\d+}", permission="company.edit")
async def bring_back(request: web.Request) -> web.Response:
    code = request.match_info["code"]
    async with act(request):
        await settle.restore_ruleset(code, row_of(request))
    return back(request, f"{ROBOT}/{code}", note="rulesets.back")


async def _card(request: web.Request, one: Rules) -> web.Response:
    actor, t = actor_of(request), said(request)
    return await render(
        request,
        "admin/ruleset.html",
        one=one,
        usual=USUAL,
        weights={**DEFAULT_WEIGHTS, **one.weights},
        defaults=DEFAULT_WEIGHTS,
        slides=SLIDES,
        switches=SWITCHES,
        modes=MODES,
        widest=MAX_WIDTH,
        kinds=KINDS,
        levels=LEVELS,
        stages=[stage for stage in await lifecycle() if stage["state"] in FIRST_STATES],
        customers=await customers(limit=500),
        orders=await orders_list(actor, states=OPEN, limit=100),
        sites=await sites_for(actor, limit=300),
        skills=await skills(),
        skill_levels=SKILL_LEVELS,
        versions=await versions(one.code) if one.code else [],
        ladders=(
            Ladder("remind", one.reminding, REMIND_BY, "ladders.reminders"),
            Ladder("escalate", one.escalating, ESCALATE_BY, "ladders.escalation"),
        ),
        rows=range(MOST_STEPS),
        managers=await settle.may_decide(),
        unset=[t.text(f"ladders.{channel}") for channel in ("sms", "voice") if ports.texter(channel) is None],
    )


def _typed(values: Typed, code: str, *, tried: bool = False) -> Rules:
    """What the form says; the offer's time is typed in minutes. A rule set that is only tried needs no name."""
    low, high = OFFER_SECONDS
    minutes = values.decimal("offer_minutes", low / 60, high / 60)
    if minutes is None:
        raise Refusal("form.required", field="offer_minutes")
    customer_ids = values.rows("customer")
    if len(customer_ids) > MOST_LISTED:
        raise Refusal("dispatch.bad_ruleset", field="customer")
    segments = [part.strip()[:32] for part in values.text("segments", 400).split(",")]
    when: dict[str, list[Any]] = {
        "customers": customer_ids,
        "segments": [segment for segment in segments if segment],
        "kinds": [kind for kind in KINDS if kind in values.all("kind")],
        "stages": [stage[:32] for stage in values.all("stage") if stage][:MOST_LISTED],
        "priorities": [level for level in LEVELS if level in values.all("priority")],
    }
    seconds = round(minutes * 60)
    return Rules(
        code,
        {"ru": "—", "en": "—"} if tried else values.both("name", 100),
        values.choice("mode", MODES),
        values.whole("width", 1, MAX_WIDTH),
        seconds,
        {} if code == USUAL or tried else when,
        _weights(values),
        tuple(code for code in SWITCHES if code in values.all("off")),
        reminders=_steps(values, "remind", REMIND_BY, REMIND_FROM, seconds - 1),
        escalation=_steps(values, "escalate", ESCALATE_BY, *ESCALATE_SECONDS),
        manager=values.text("manager", 32) or MANAGER,
    )


def _steps(values: Typed, name: str, ways: tuple[str, ...], low: int, high: int) -> tuple[Step, ...] | None:
    """The rows in which something is to be done, typed in minutes; None where the form has no such rows."""
    if f"{name}.0.how" not in values:
        return None
    rows, steps = [], []
    for n in range(MOST_STEPS):
        if not values.text(f"{name}.{n}.how", 10) and not values.text(f"{name}.{n}.minutes", 30):
            continue
        minutes = values.decimal(f"{name}.{n}.minutes", low / 60, max(low, high) / 60)
        if minutes is None:
            raise Refusal("form.required", field=f"{name}.{n}.minutes")
        rows.append(n)
        steps.append((round(minutes * 60), values.choice(f"{name}.{n}.how", ways)))
    if (wrong := wrong_step(steps, ways, low, high)) is not None:
        raise Refusal("dispatch.bad_ladder", field=f"{name}.{rows[wrong]}.minutes")
    return tuple(steps)


def _weights(values: Typed) -> dict[str, float]:
    """An empty field is the usual weight."""
    found = {}
    for code, usual in DEFAULT_WEIGHTS.items():
        rate = values.decimal(f"weight.{code}", 1 if code == "max_open" else -MAX_WEIGHT, MAX_WEIGHT)
        found[code] = usual if rate is None else float(rate)
    return found
