"""Floor plans of a site: the picture with what stands where and what is open there, and the hand that pins it."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from admin_web.forms import Typed, row_of, typed
from admin_web.handed import file_answer
from admin_web.page import act, actor_of, back, page, render
from core.assets import plans
from core.assets.queries import PlanView, plan_view, plans_at
from core.customers.queries import site_view
from core.files.actions import Stored
from core.files.queries import file_view
from core.kernel.errors import NotFound, Refusal
from core.overview.board import STAGE_OF, STAGES
from core.overview.plans import DUE, Wanted, floor

SECTION = "/admin/customers"
SITE = r"/admin/sites/{id:\d+}/plans"
PLAN = SITE + r"/{plan:\d+}"
OPEN_STAGES = tuple(stage for stage in STAGES if stage != "done")
SEE, KEEP = "orders.see_all", "assets.edit"


@page("GET", SITE, permission=SEE)
async def first(request: web.Request) -> web.Response:
    """The site's first plan; without one, what plans are for."""
    site = await site_view(actor_of(request), row_of(request))
    found = await plans_at(actor_of(request), site.id)
    if found and "new" not in request.query:
        raise web.HTTPSeeOther(_path(found[0]))
    return await render(request, "admin/plan_new.html", site=site, plans=found, path=SECTION)


@page("POST", SITE, permission=KEEP)
async def add(request: web.Request) -> web.Response:
    values, picture = await typed(request), await _picture(request)
    name, site_id = values.text("name", required=True), row_of(request)
    async with act(request):
        plan_id = await plans.add_plan(site_id, name, picture)
    return back(request, f"/admin/sites/{site_id}/plans/{plan_id}", note="plans.added")


@page("GET", PLAN, permission=SEE)
async def look(request: web.Request) -> web.Response:
    """The whole page, or the floor alone for a page that is open. `stage` and `due` narrow it down, `pin` is the spot
    that a link led to."""
    return await _floor(request, await _plan(request))


@page("GET", PLAN + "/picture", permission=SEE)
async def picture(request: web.Request) -> web.StreamResponse:
    return await file_answer(request, await file_view((await _plan(request)).file_id))


@page("POST", PLAN, permission=KEEP)
async def rename(request: web.Request) -> web.Response:
    plan, values = await _plan(request), await typed(request)
    async with act(request):
        await plans.rename_plan(plan.id, values.text("name", required=True))
    return back(request, _path(plan), note="saved")


@page("POST", PLAN + "/picture", permission=KEEP)
async def redraw(request: web.Request) -> web.Response:
    plan, drawn = await _plan(request), await _picture(request)
    async with act(request):
        await plans.replace_picture(plan.id, drawn)
    return back(request, _path(plan), note="plans.redrawn")


@page("POST", PLAN + "/remove", permission=KEEP)
async def remove(request: web.Request) -> web.Response:
    """The page has asked whether the pins may go too."""
    plan = await _plan(request)
    async with act(request):
        await plans.remove_plan(plan.id)
    return back(request, f"/admin/sites/{plan.site_id}/plans", note="plans.removed")


@page("POST", PLAN + "/pins", permission=SEE)
async def pin(request: web.Request) -> web.Response:
    """`what` is a spot's key (`asset-9`, `order-1042`), `x` and `y` its place; the answer is the floor as it is now."""
    plan, values = await _plan(request), await typed(request)
    what, number = _spot(values.text("what", 40))
    x, y = _part(values, "x"), _part(values, "y")
    async with act(request):
        await (plans.pin_asset if what == "asset" else plans.pin_order)(plan.id, number, x, y)
    return await _after(request, plan)


@page("POST", PLAN + "/unpin", permission=SEE)
async def unpin(request: web.Request) -> web.Response:
    plan, values = await _plan(request), await typed(request)
    what, number = _spot(values.text("what", 40))
    async with act(request):
        await (plans.unpin_asset if what == "asset" else plans.unpin_order)(number)
    return await _after(request, plan)


async def _after(request: web.Request, plan: PlanView) -> web.Response:
    if request.headers.get("HX-Request") == "true":
        return await _floor(request, await plan_view(actor_of(request), plan.id))
    return back(request, f"{_path(plan)}?{request.query_string}")


async def _floor(request: web.Request, plan: PlanView) -> web.Response:
    actor, query = actor_of(request), request.query
    stage, due = query.get("stage", ""), query.get("due", "")
    wanted = Wanted(stage if stage in OPEN_STAGES else "", due if due in DUE else "")

    def ways(**changes: str) -> str:
        kept = {"stage": wanted.stage, "due": wanted.due, **changes}
        return "?" + urlencode({name: value for name, value in kept.items() if value})

    return await render(
        request,
        "admin/plan.html",
        plan=plan,
        plans=await plans_at(actor, plan.site_id),
        floor=await floor(actor, plan.id, wanted),
        wanted=wanted,
        ways=ways,
        stages=OPEN_STAGES,
        stage_of=STAGE_OF,
        dues=DUE,
        chosen=query.get("pin", "")[:40],
        keeps={"asset": actor.may(KEEP), "order": actor.may("orders.dispatch")},
        path=SECTION,
    )


async def _plan(request: web.Request) -> PlanView:
    """The plan in the address, when it is one of the site in the address."""
    plan = await plan_view(actor_of(request), row_of(request, "plan"))
    if plan.site_id != row_of(request):
        raise NotFound("assets.plan", id=plan.id)
    return plan


def _path(plan: PlanView) -> str:
    return f"/admin/sites/{plan.site_id}/plans/{plan.id}"


def _spot(key: str) -> tuple[str, int]:
    what, _, number = key.partition("-")
    if what not in ("asset", "order") or not (number.isascii() and number.isdecimal() and len(number) < 16):
        raise Refusal("form.choose", field="what")
    return what, int(number)


def _part(values: Typed, name: str) -> float:
    """Whether it is one of the picture is for the room to say."""
    found = values.decimal(name, -1000, 1000)
    if found is None:
        raise Refusal("form.required", field=name)
    return float(found)


async def _picture(request: web.Request) -> Stored:
    """The picture that came with the form, looked at and stored; a refusal stands at its field."""
    sent: Any = (await request.post()).get("file")
    if not isinstance(sent, web.FileField) or not sent.filename:
        raise Refusal("form.required", field="file")
    try:
        return await plans.prepare(await asyncio.to_thread(sent.file.read))
    except Refusal as refusal:
        code = {"files.too_large": "plans.too_large", "files.type_not_allowed": "files.not_an_image"}.get(refusal.code)
        raise Refusal(code or refusal.code, field="file") from refusal
