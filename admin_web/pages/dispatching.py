"""How work is given out: the dispatch groups with their areas, the stages of a job."""

from aiohttp import web

from admin_web.forms import row_of, typed
from admin_web.page import act, back, page, render
from core.chats import actions as chats
from core.chats.queries import groups
from core.kernel.links import links
from core.orders import actions as orders
from core.orders.queries import lifecycle
from core.people.queries import areas

GROUPS, STAGES = "/admin/settings/groups", "/admin/settings/stages"


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
