"""How work is given out: the dispatch groups with their areas, the stages of a job."""

from aiohttp import web

from admin_web.forms import row_of, typed
from admin_web.page import act, back, page, render
from admin_web.seen import mark, unchanged
from core.chats import actions as chats
from core.chats.queries import groups
from core.kernel.links import links
from core.orders import actions as orders
from core.orders.queries import lifecycle
from core.people.queries import areas

GROUPS, STAGES = "/admin/settings/groups", "/admin/settings/stages"


@page("GET", GROUPS, permission="company.edit")
async def group_list(request: web.Request) -> web.Response:
    shown = await groups()
    seen = {one.id: mark(one.area_ids) for one in shown}
    bot = links.bots.get("dispatcher")
    return await render(request, "admin/groups.html", groups=shown, areas=await areas(), seen=seen, bot=bot)


@page("POST", GROUPS + r"/{id:\d+}", permission="company.edit")
async def save_group(request: web.Request) -> web.Response:
    """Its areas; none: it takes whatever the others leave."""
    values, group = await typed(request), row_of(request)

    async def standing() -> object:
        return next((one.area_ids for one in await groups() if one.id == group), None)

    async with act(request):
        await unchanged(request, values, standing)
        await chats.set_areas(group, values.rows("area"))
    return back(request, GROUPS, note="saved")


@page("GET", STAGES, permission="company.edit")
async def stages(request: web.Request) -> web.Response:
    shown = await lifecycle()
    return await render(request, "admin/stages.html", stages=shown, seen=mark(shown))


@page("POST", STAGES, permission="company.edit")
async def save_stages(request: web.Request) -> web.Response:
    """Names only: a new version for the jobs to come, if any name changed."""
    values = await typed(request)
    async with act(request):
        await unchanged(request, values, lifecycle)
        known = await lifecycle()
        renamed = [{**stage, "name": values.both(f"stage.{stage['code']}", 60)} for stage in known]
        if renamed != known:
            await orders.save_lifecycle(renamed)
    return back(request, STAGES, note="saved")
