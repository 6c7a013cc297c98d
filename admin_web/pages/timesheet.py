"""The timesheet: a month of hours, and the same as a workbook."""

import asyncio
from datetime import date, timedelta

from aiohttp import web

from admin_web.forms import asked
from admin_web.page import page, render, said
from core.company.queries import company
from core.overview.timesheet import coded, hours_of, timesheet, workbook
from core.schedule.queries import today

TIMESHEET = "/admin/people/timesheet"
FAR = timedelta(days=3650)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("GET", TIMESHEET, permission="people.see")
async def shown(request: web.Request) -> web.Response:
    """`month`: 2026-11."""
    first, now_ = await _month(request), await today()
    return await render(
        request,
        "admin/timesheet.html",
        lines=await timesheet(first),
        first=first,
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{first + timedelta(days=31):%Y-%m}",
        days=_days(first),
        today=now_,
        hours_of=hours_of,
        coded=coded,
    )


@page("GET", f"{TIMESHEET}.xlsx", permission="people.see")
async def file(request: web.Request) -> web.Response:
    first, t, ours = await _month(request), said(request), await company()
    title = t.text("timesheet.of", month=f"{first:%m.%Y}")
    lines = await timesheet(first)
    body = await asyncio.to_thread(workbook, lines, ours.legal_name or ours.name, title, t)
    headers = {"Content-Disposition": f'attachment; filename="timesheet-{first:%Y-%m}.xlsx"'}
    return web.Response(body=body, headers=headers, content_type=XLSX)


async def _month(request: web.Request) -> date:
    """The first day of the month asked for; months out of all measure are this one."""
    now_ = await today()
    try:
        first = date.fromisoformat(f"{asked(request, 'month', 7)}-01")
    except ValueError:
        first = now_
    return (first if abs(first - now_) < FAR else now_).replace(day=1)


def _days(first: date) -> list[date]:
    after = (first + timedelta(days=31)).replace(day=1)
    return [first + timedelta(days=n) for n in range((after - first).days)]
