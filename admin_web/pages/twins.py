"""Orders of one trouble: merged, told apart, taken apart again, from an order's page."""

from aiohttp import web

from admin_web.page import act, actor_of, back, form, number, page
from core.orders.queries import access_order
from core.twins import actions as twins
from core.twins.queries import pair_of

MAY = "orders.dispatch"


@page("POST", "/admin/orders/{id:\\d+}/twins/{answer:merge|apart}", permission=MAY)
async def answer(request: web.Request) -> web.Response:
    """What a dispatcher says of a pair that was found."""
    data, actor, order_id = await form(request), actor_of(request), await _order(request)
    pair_id = _whole(data.get("pair", ""))
    await pair_of(actor, pair_id)
    async with act(request):
        if request.match_info["answer"] == "merge":
            order_id = await twins.merge_pair(pair_id)
            note = "twins.merged"
        else:
            await twins.apart(pair_id)
            note = "twins.apart"
    return back(request, f"/admin/orders/{order_id}", note=note)


@page("POST", "/admin/orders/{id:\\d+}/absorb", permission=MAY)
async def absorb(request: web.Request) -> web.Response:
    """Take in the order of this number, whatever the rules think of it."""
    data, order_id = await form(request), await _order(request)
    async with act(request):
        await twins.merge(order_id, _whole(data.get("number", "")))
    return back(request, f"/admin/orders/{order_id}", note="twins.merged")


@page("POST", "/admin/orders/{id:\\d+}/unmerge", permission=MAY)
async def unmerge(request: web.Request) -> web.Response:
    order_id = await _order(request)
    async with act(request):
        await twins.unmerge(order_id)
    return back(request, f"/admin/orders/{order_id}", note="twins.unmerged")


async def _order(request: web.Request) -> int:
    return await access_order(actor_of(request), number(request))


def _whole(text: str) -> int:
    text = text.strip().removeprefix("№").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
