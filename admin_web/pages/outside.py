"""A job goes to somebody from outside: who of them fits, asked or given it at once, and for how much."""

from decimal import Decimal

from aiohttp import web

from admin_web.page import act, actor_of, back, form, number, page, render
from core.dispatch import outside
from core.dispatch.queries import called
from core.kernel.errors import NotFound, Refusal
from core.kernel.money import Money
from core.orders import actions as orders
from core.orders.queries import access_order
from core.orders.rules import check_fee
from core.overview.queries import Facts, order_facts
from core.overview.steering import job_steps, meant_job

OUTSIDE = "/admin/orders/{id:\\d+}/outside"
FEE = "/admin/orders/{id:\\d+}/fee"
MAY = "orders.dispatch"


@page("GET", OUTSIDE, permission=MAY)
async def ask(request: web.Request) -> web.Response:
    """For the job of `?job=`, else for the one that matters now."""
    order = await _order(request)
    job = meant_job(order, _whole(dict(request.query), "job") or None)
    if job is None or "outside" not in job_steps(order, job):
        raise Refusal("orders.wrong_state", state=order["state"], verb="assign")
    people = await outside.outsiders(actor_of(request), job["id"])
    return await render(request, "admin/order_outside.html", order=order, job=job, people=people, called=await called())


@page("POST", OUTSIDE, permission=MAY)
async def answer(request: web.Request) -> web.Response:
    """`how`: offer (they are asked) or give (it was agreed); the job as it stood when the dispatcher looked
    (`revision`)."""
    order, data = await _order(request), await form(request)
    how = data.get("how", "")
    if how not in ("offer", "give"):
        raise Refusal("app.bad_request")
    job_id, member_id, revision, fee = (
        _job_id(order, data),
        _whole(data, "member"),
        _whole(data, "revision"),
        _fee(data),
    )
    async with act(request):
        if how == "offer":
            await outside.offer(job_id, member_id, fee, revision)
        else:
            await orders.assign(job_id, member_id, revision, fee)
    return back(request, f"/admin/orders/{order['number']}", note=f"order.outside_{how}")


@page("POST", FEE, permission=MAY)
async def fee(request: web.Request) -> web.Response:
    """What the contractor who has the job (`member`, for `was` when the page was shown) gets for it; nothing typed:
    nothing is agreed."""
    order, data = await _order(request), await form(request)
    seen = _whole(data, "member"), _fee(data, "was")
    async with act(request):
        await orders.set_fee(_job_id(order, data), _fee(data), seen)
    return back(request, f"/admin/orders/{order['number']}", note="order.fee")


def _fee(data: dict[str, str], name: str = "fee") -> Decimal | None:
    """`money.unreadable`, `orders.bad_fee`."""
    text = data.get(name, "").strip()
    return check_fee(Money.parse(text).amount) if text else None


async def _order(request: web.Request) -> Facts:
    return await order_facts(await access_order(actor_of(request), number(request)), whole=True)


def _job_id(order: Facts, data: dict[str, str]) -> int:
    """The job named by the form; it must be one of this order's."""
    job_id = _whole(data, "job")
    if job_id not in {job["id"] for job in order["jobs"]}:
        raise NotFound("orders.job", id=job_id)
    return job_id


def _whole(data: dict[str, str], name: str) -> int:
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
