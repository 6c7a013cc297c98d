"""How the robot chooses: named rule sets with weights on sliders, tried on an order before they are kept, in versions
that can be brought back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import zip_longest

from aiohttp import web

from admin_web.forms import asked, code_for, row_of, typed
from admin_web.page import act, actor_of, back, page, render, said
from admin_web.ruleset_form import differences, rules_typed
from admin_web.seen import mark, one_by_one, unchanged
from core import ports
from core.customers.queries import customers, customers_named, sites_for
from core.dispatch import settle
from core.dispatch.queries import Group, Version, called, codes_given, ruleset, rulesets, trial, versions
from core.dispatch.rules import (
    DEFAULT_WEIGHTS,
    ESCALATE_BY,
    MAX_WIDTH,
    MODES,
    MOST_STEPS,
    REMIND_BY,
    SWITCHES,
    Step,
    Term,
)
from core.dispatch.rulesets import USUAL, Rules, overlaps, unreachable
from core.kernel.words import Words
from core.orders.queries import lifecycle, orders_list
from core.orders.rules import KINDS, LEVELS, OPEN
from core.people.queries import members, skills
from core.people.rules import LEVELS as SKILL_LEVELS
from core.plan.queries import today
from core.schedule.queries import rotas

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
    known = await rulesets()
    named = {number for one in known for number in one.when.get("customers", ())}
    names = {one.id: one.name for one in await customers_named(named)}
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
    values = await typed(request)
    name = values.both("name", 100)["en"]
    async with act(request):
        await one_by_one("rulesets")
        code = code_for(name, ["new", "trial", USUAL, *await codes_given()], "rules")
        await settle.save_ruleset(rules_typed(values, code))
    return back(request, ROBOT, note="forms.added")


@page("POST", ROBOT + "/trial", permission="company.edit")
async def tried(request: web.Request) -> web.Response:
    """The ranking by what stands in the form now; nothing is kept."""
    values = await typed(request)
    rules = rules_typed(values, values.text("code", 32) or USUAL, tried=True)
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

    async def showing() -> int:
        return (await ruleset(code)).id

    async with act(request):
        await unchanged(request, values, showing)
        await settle.save_ruleset(rules_typed(values, code))
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
    actor, t, managers = actor_of(request), said(request), await settle.may_decide()
    chosen = await customers_named(one.when.get("customers", ()))
    listed, yesterday = await versions(one.code) if one.code else [], await today() - timedelta(days=1)
    return await render(
        request,
        "admin/ruleset.html",
        one=one,
        seen=mark(one.id),
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
        customers=[*chosen, *(other for other in await customers(limit=500) if other not in chosen)],
        orders=await orders_list(actor, states=OPEN, limit=100),
        sites=await sites_for(actor, limit=300),
        skills=await skills(),
        skill_levels=SKILL_LEVELS,
        versions=[(v, _changed(v, before, t, managers)) for v, before in zip_longest(listed, listed[1:])],
        first=yesterday - timedelta(days=6),
        last=yesterday,
        rotas=await rotas(),
        technicians=await members("technician"),
        ladders=(
            Ladder("remind", one.reminding, REMIND_BY, "ladders.reminders"),
            Ladder("escalate", one.escalating, ESCALATE_BY, "ladders.escalation"),
        ),
        rows=range(MOST_STEPS),
        managers=managers,
        unset=[t.text(f"ladders.{channel}") for channel in ("sms", "voice") if ports.texter(channel) is None],
    )


def _changed(
    one: Version, before: Version | None, t: Words, managers: Mapping[str, dict[str, str]]
) -> list[str] | None:
    """What a version changed; None for the first one."""
    return None if before is None else differences(before.rules, one.rules, t, managers)
