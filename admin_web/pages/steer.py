"""What a dispatcher does with an order: each step is a small form beside the order, or a page of its own without
scripts, and one press that does it. A refusal comes back as words over the page."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from admin_web.page import act, actor_of, back, form, number, page, render, said
from core.company.queries import company
from core.dispatch.queries import called, ranking
from core.kernel.clock import now
from core.kernel.errors import NotFound, Refusal
from core.kernel.ids import token
from core.orders import actions as orders
from core.orders.queries import access_order
from core.orders.rules import LEVELS, back_state
from core.overview.queries import Facts, order_facts
from core.overview.steering import job_steps, meant_job, steps
from core.todo import actions as todo

CANCEL = ("customer", "duplicate", "mistake", "no_parts")
OF_JOB = ("assign", "fix", "return", "drop")
MAY = "orders.dispatch"
LAST_HOUR = 23


@page("GET", "/admin/orders/{id:\\d+}/{step:assign|priority|move|cancel|reopen|fix|return|add|drop}", permission=MAY)
async def ask(request: web.Request) -> web.Response:
    """The form of a step, if the order (the job of `?job=`, else the one that matters now) stands so that it can be
    done."""
    step, order = request.match_info["step"], await _order(request)
    job = meant_job(order, _whole(dict(request.query), "job") or None)
    possible = job_steps(order, job) if step in OF_JOB else steps(order)
    if step not in possible and not (step == "assign" and "reassign" in possible):
        raise Refusal("orders.wrong_state", state=order["state"], verb=step)
    told: dict[str, Any] = {
        "order": order,
        "job": job,
        "step": step,
        "levels": LEVELS,
        "reasons": CANCEL,
        "key": token(),
    }
    if step == "assign" and job is not None:
        told["ranked"], told["called"] = await ranking(actor_of(request), job["id"]), await called()
    if step == "move":
        told["window"] = _suggested(order, (await company()).tz, request.query.get("at", ""))
    if step == "fix" and job is not None:
        told["before"] = back_state(job["state"], job["travelling_at"] is not None)
    return await render(request, "admin/order_step.html", **told)


def _suggested(order: Facts, zone: ZoneInfo, at: str) -> dict[str, str]:
    """From the full hour after `at` (ISO 8601), when it is given; else the window that the order has, else tomorrow
    from ten to one."""
    with suppress(ValueError):
        free = (datetime.fromisoformat(at) + timedelta(minutes=59)).astimezone(zone)
        if free.hour < LAST_HOUR:
            over = min(free.hour + 3, LAST_HOUR)
            return {"day": f"{free:%Y-%m-%d}", "start": f"{free.hour:02}:00", "end": f"{over:02}:00"}
    start, end = order["wanted_from"], order["wanted_to"]
    if start and end and datetime.fromisoformat(end) > now():
        first, last = datetime.fromisoformat(start).astimezone(zone), datetime.fromisoformat(end).astimezone(zone)
        return {"day": f"{first:%Y-%m-%d}", "start": f"{first:%H:%M}", "end": f"{last:%H:%M}"}
    tomorrow = now().astimezone(zone) + timedelta(days=1)
    return {"day": f"{tomorrow:%Y-%m-%d}", "start": "10:00", "end": "13:00"}


@page("POST", "/admin/orders/{id:\\d+}/assign", permission=MAY)
async def assign(request: web.Request) -> web.Response:
    """Give the job to somebody, as it stood when the dispatcher looked (`revision`)."""
    order, data = await _order(request), await form(request)
    async with act(request):
        await orders.assign(_job_id(order, data), _whole(data, "member"), _whole(data, "revision"))
    return _done(request, order, "order.assigned")


@page("POST", "/admin/orders/{id:\\d+}/priority", permission=MAY)
async def priority(request: web.Request) -> web.Response:
    order, data = await _order(request), await form(request)
    async with act(request):
        await orders.set_priority(order["number"], data.get("level", ""))
    return _done(request, order, "order.priority")


@page("POST", "/admin/orders/{id:\\d+}/move", permission=MAY)
async def move(request: web.Request) -> web.Response:
    """Another time window, on the company's clock."""
    order, data, zone = await _order(request), await form(request), (await company()).tz
    start, end = (_moment(data.get("day", ""), data.get(name, ""), zone) for name in ("start", "end"))
    async with act(request):
        await orders.reschedule(order["number"], start, end, data.get("reason", "")[:300])
    return _done(request, order, "order.moved")


def _moment(day: str, clock: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    except ValueError as error:
        raise Refusal("orders.bad_window") from error


@page("POST", "/admin/orders/{id:\\d+}/cancel", permission=MAY)
async def cancel(request: web.Request) -> web.Response:
    """With a reason: one of ours or in the dispatcher's own words."""
    order, data = await _order(request), await form(request)
    code, text = data.get("code", ""), data.get("reason", "")
    reason = text or (said(request).text(f"cancel.{code}") if code in CANCEL else "")
    async with act(request):
        await orders.cancel(order["number"], reason[:300])
    return _done(request, order, "order.cancelled")


@page("POST", "/admin/orders/{id:\\d+}/reopen", permission=MAY)
async def reopen(request: web.Request) -> web.Response:
    order, data = await _order(request), await form(request)
    async with act(request):
        await orders.reopen(order["number"], data.get("reason", "")[:300])
    return _done(request, order, "order.reopened")


@page("POST", "/admin/orders/{id:\\d+}/fix", permission=MAY)
async def fix(request: web.Request) -> web.Response:
    """One step back, if the job still stands at the step that was shown."""
    order, data = await _order(request), await form(request)
    async with act(request):
        job = await orders.locked_job(_job_id(order, data))
        if job.state != data.get("state"):
            raise Refusal("orders.wrong_state", state=job.state, verb="step_back")
        await orders.step_back(job.id)
    return _done(request, order, "order.fixed")


@page("POST", "/admin/orders/{id:\\d+}/return", permission=MAY)
async def come_again(request: web.Request) -> web.Response:
    order, data = await _order(request), await form(request)
    async with act(request):
        await orders.add_return(_job_id(order, data))
    return _done(request, order, "order.return")


@page("POST", "/admin/orders/{id:\\d+}/add", permission=MAY)
async def add(request: web.Request) -> web.Response:
    """One more job, beside those that there are. The form's own key makes a second press the same job."""
    order, data = await _order(request), await form(request)
    async with act(request):
        await orders.add_job(order["number"], data.get("title", ""), key=data.get("key", "")[:64])
    return _done(request, order, "order.job_added")


@page("POST", "/admin/orders/{id:\\d+}/drop", permission=MAY)
async def drop(request: web.Request) -> web.Response:
    order, data = await _order(request), await form(request)
    async with act(request):
        await orders.cancel_job(_job_id(order, data), data.get("reason", "")[:300])
    return _done(request, order, "order.job_dropped")


@page("POST", "/admin/orders/{id:\\d+}/remind", permission=MAY)
async def remind(request: web.Request) -> web.Response:
    """A nudge to the technician of that job, in their own chat. A second press of the same button is no second one."""
    order, data = await _order(request), await form(request)
    async with act(request):
        await todo.remind(order["number"], _whole(data, "job") or None, key=data.get("key", "")[:64])
    return _done(request, order, "order.reminded")


async def _order(request: web.Request) -> Facts:
    return await order_facts(await access_order(actor_of(request), number(request)))


def _job_id(order: Facts, data: dict[str, str]) -> int:
    """The job named by the form; it must be one of this order's."""
    job_id = _whole(data, "job")
    if job_id not in {job["id"] for job in order["jobs"]}:
        raise NotFound("orders.job", id=job_id)
    return job_id


def _whole(data: dict[str, str], name: str) -> int:
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _done(request: web.Request, order: Facts, note: str) -> web.Response:
    return back(request, f"/admin/orders/{order['number']}", note=note)
