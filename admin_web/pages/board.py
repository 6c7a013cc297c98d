"""The dispatchers' first page: the board, today's timeline of technicians, the map and a month in two lines."""

from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from admin_web.data import answer, wall
from admin_web.page import actor_of, back, page, render
from core.company.queries import company
from core.kernel.clock import now
from core.overview import board as overview
from core.overview.day import Plan, plan


@page("GET", "/admin/", permission="orders.see_all")
async def board(request: web.Request) -> web.Response:
    return await render(request, "admin/board.html", columns=await overview.board(actor_of(request)))


@page("GET", "/admin/board", permission="orders.see_all")
async def columns(request: web.Request) -> web.Response:
    """The columns alone: what an open page asks for when something has changed; opened as a page, the whole board."""
    if request.headers.get("HX-Request") != "true":
        return back(request, "/admin/")
    return await render(request, "admin/board_columns.html", columns=await overview.board(actor_of(request)))


@page("GET", "/admin/board/day.json", permission="orders.see_all")
async def day(request: web.Request) -> web.Response:
    """The timeline: `lines` (technicians), `shifts` and `visits`, all on the company's wall clock."""
    zone = (await company()).tz
    return answer(_drawn(await plan(actor_of(request)), zone, now()))


def _drawn(plan: Plan, zone: ZoneInfo, at: datetime) -> dict[str, object]:
    start = min([shift.start for shift in plan.shifts] + [visit.start for visit in plan.visits] + [at])
    end = max([shift.end for shift in plan.shifts] + [visit.end for visit in plan.visits] + [at])
    return {
        "now": wall(at, zone),
        "start": wall(max(start, plan.start), zone),
        "end": wall(min(end, plan.end), zone),
        "lines": plan.lines,
        "shifts": [
            {"member": shift.member_id, "start": wall(shift.start, zone), "end": wall(shift.end, zone)}
            for shift in plan.shifts
        ],
        "visits": [
            {
                "job": visit.job_id,
                "number": visit.number,
                "member": visit.member_id,
                "summary": visit.summary,
                "site": visit.site or "",
                "stage": overview.STAGE_OF[visit.state],
                "start": wall(visit.start, zone),
                "end": wall(visit.end, zone),
                "late": visit.late,
            }
            for visit in plan.visits
        ],
    }


@page("GET", "/admin/board/month.json", permission="orders.see_all")
async def month(request: web.Request) -> web.Response:
    """A month day by day (created and closed), and how well deadlines were kept."""
    return answer(await overview.month(actor_of(request)))
