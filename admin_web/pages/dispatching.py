"""How work is given out: the robot's rule set, the dispatch groups with their areas, the stages of a job."""

from aiohttp import web

from admin_web.forms import row_of, typed
from admin_web.page import act, back, page, render
from core.chats import actions as chats
from core.chats.queries import groups
from core.dispatch import actions as dispatch
from core.dispatch.queries import settings
from core.dispatch.rules import DEFAULT_WEIGHTS, MAX_WEIGHT, MAX_WIDTH, MODES, OFFER_SECONDS
from core.kernel.errors import Refusal
from core.kernel.links import links
from core.orders import actions as orders
from core.orders.queries import lifecycle
from core.people.queries import areas

ROBOT, GROUPS, STAGES = "/admin/settings/dispatch", "/admin/settings/groups", "/admin/settings/stages"


@page("GET", ROBOT, permission="company.edit")
async def robot(request: web.Request) -> web.Response:
    how = await settings()
    weights = {**DEFAULT_WEIGHTS, **how.weights}
    return await render(
        request, "admin/robot.html", how=how, weights=weights, usual=DEFAULT_WEIGHTS, modes=MODES, widest=MAX_WIDTH
    )


@page("POST", ROBOT, permission="company.edit")
async def save_robot(request: web.Request) -> web.Response:
    """The offer's time is typed in minutes."""
    values = await typed(request)
    low, high = OFFER_SECONDS
    minutes = values.decimal("offer_minutes", low / 60, high / 60)
    weights = {}
    for code, usual in DEFAULT_WEIGHTS.items():
        rate = values.decimal(f"weight.{code}", -MAX_WEIGHT, MAX_WEIGHT)
        weights[code] = usual if rate is None else float(rate)
    if minutes is None:
        raise Refusal("form.required", field="offer_minutes")
    width = values.whole("width", 1, MAX_WIDTH)
    if weights["max_open"] < 1:
        raise Refusal("form.number", field="weight.max_open", low=1, high=MAX_WEIGHT)
    async with act(request):
        await dispatch.save_ruleset(values.choice("mode", MODES), width, round(minutes * 60), weights)
    return back(request, ROBOT, note="saved")


@page("GET", GROUPS, permission="company.edit")
async def group_list(request: web.Request) -> web.Response:
    return await render(
        request, "admin/groups.html", groups=await groups(), areas=await areas(), bot=links.bots.get("dispatcher")
    )


@page("POST", GROUPS + r"/{id:\d+}", permission="company.edit")
async def save_group(request: web.Request) -> web.Response:
    """Its areas; none: it takes whatever the others leave."""
    values = await typed(request)
    async with act(request):
        await chats.set_areas(row_of(request), values.rows("area"))
    return back(request, GROUPS, note="saved")


@page("GET", STAGES, permission="company.edit")
async def stages(request: web.Request) -> web.Response:
    return await render(request, "admin/stages.html", stages=await lifecycle())


@page("POST", STAGES, permission="company.edit")
async def save_stages(request: web.Request) -> web.Response:
    """Names only: a new version for the jobs to come, if any name changed."""
    values, known = await typed(request), await lifecycle()
    renamed = [{**stage, "name": values.both(f"stage.{stage['code']}", 60)} for stage in known]
    if renamed != known:
        async with act(request):
            await orders.save_lifecycle(renamed)
    return back(request, STAGES, note="saved")
