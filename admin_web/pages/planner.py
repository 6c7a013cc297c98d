"""The planner: a day as a timeline of technicians with the reserve, previews before anything is done, the map of
routes, the week. Times travel as seconds from the company's midnight."""

from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web

from admin_web.data import answer
from admin_web.filters import numbered
from admin_web.page import act, actor_of, form, number, page, render, said
from core.company.queries import company
from core.kernel.actor import SYSTEM
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.words import Words
from core.overview.board import STAGE_OF
from core.plan import actions as plan
from core.plan import proposals
from core.plan.fetching import Pickup
from core.plan.queries import Change, Frame, changes, seen_frame, today, week
from core.plan.rules import HARD, OVER, Job, Person, Visit, all_timed, reserve, routes_of

SEE, MAY = "orders.see_all", "orders.dispatch"
DAY_SECONDS = 86_400
SHOWN_CHANGES = 6
SHOWN_MOVED = 6


@page("GET", "/admin/planner", permission=SEE)
async def planner(request: web.Request) -> web.Response:
    day = _day(request.query.get("day", "")) or await today()
    return await render(request, "admin/planner.html", day=day, today=await today(), step=timedelta(days=1))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


async def _asked_day(text: str) -> date:
    found = _day(text)
    if found is None:
        raise Refusal("plan.bad_day")
    return found


@page("GET", "/admin/planner/day.json", permission=SEE)
async def day_json(request: web.Request) -> web.Response:
    """The day: `people` with their `visits`, the `reserve`, the `stores` that have parts for it, the last `changes`."""
    here = await seen_frame(actor_of(request), await _asked_day(request.query.get("day", "")))
    t, actor = said(request), actor_of(request)
    routes = routes_of(here.facts)
    visits = all_timed(here.facts, routes)
    people = [_person(here, one, visits[one.id], t) for one in here.facts.people.values()]
    history = await changes(actor, here.day)
    return answer(
        {
            "day": str(here.day),
            "now": here.facts.now if 0 <= here.facts.now < DAY_SECONDS else None,
            "past": here.day < await today(),
            "may": actor.may(MAY),
            "revision": here.revision,
            "range": _range(here, visits),
            "people": sorted(people, key=lambda one: (not one["shift"] and not one["visits"], one["name"])),
            "reserve": [_waiting(here, job, t) for job in reserve(here.facts)],
            "stores": [{"name": one.name, "place": one.place} for one in here.facts.supply.stores if one.place],
            "changes": [await _told(here, one, t) for one in history[:SHOWN_CHANGES]],
        }
    )


def _range(here: Frame, visits: dict[int, list[Visit]]) -> tuple[int, int]:
    """Whole hours that hold all shifts and visits."""
    shifts = [one.shift for one in here.facts.people.values() if one.shift]
    stops = [(_leaves(visit), visit.end) for route in visits.values() for visit in route]
    stops += [(one["start"], one["end"]) for one in map(_past, here.facts.jobs.values()) if one["end"]]
    starts, ends = zip(*[*shifts, *stops, (9 * 3600, 18 * 3600)], strict=True)
    return max(0, min(starts) // 3600) * 3600, min(DAY_SECONDS, -(-max(ends) // 3600) * 3600)


def _leaves(visit: Visit) -> int:
    """When one sets out at the latest: for the store, if one is on the way."""
    stop = visit.pickup
    return min(stop.start - stop.travel, visit.start) if stop and stop.store else visit.start - visit.travel


def _person(here: Frame, person: Person, visits: list[Visit], t: Words) -> dict[str, Any]:
    """`load` is per cent of the shift that visits and ways take (None: no shift)."""
    busy = sum(visit.busy for visit in visits)
    over = [job for job in here.facts.jobs.values() if job.member_id == person.id and job.state in OVER]
    busy += sum(max(0, (job.ended or 0) - (job.began or job.ended or 0)) for job in over)
    return {
        "id": person.id,
        "name": person.name,
        "on": person.on_duty,
        "shift": person.shift,
        "rest": (person.rest.window[0], person.rest.duration) if person.rest else None,
        "start": person.start,
        "load": round(100 * busy / (person.shift[1] - person.shift[0])) if person.shift else None,
        "visits": [_past(job) for job in over] + [_visit(here, one, t) for one in visits],
    }


def _past(job: Job) -> dict[str, Any]:
    end = job.ended or 0
    start = job.began if job.began is not None and job.began < end else end - job.duration
    return {**_brief(job), "start": start, "end": end, "travel": 0, "late": 0, "wrong": [], "movable": False}


def _visit(here: Frame, visit: Visit, t: Words) -> dict[str, Any]:
    """`travel`: seconds of the last way before it, from the store of `pickup` if there is one."""
    job, stop = here.facts.jobs[visit.job_id], visit.pickup
    return {
        **_brief(job),
        "start": visit.start,
        "end": visit.end,
        "travel": visit.travel - (stop.travel if stop else 0),
        "pickup": _pickup(here, stop, t) if stop and stop.store else None,
        "late": visit.late,
        "wrong": [_conflict(t, code, seconds) for code, seconds in visit.wrong],
        "movable": job.state not in ("travelling", "on_site"),
    }


def _pickup(here: Frame, stop: Pickup, t: Words) -> dict[str, Any]:
    """The stop at a store: `items` in words, what the store has not got among them."""
    assert stop.store is not None
    names, lacks = here.facts.supply.names, sorted(stop.lacks.items())
    items = [f"{names[item][0]} — {t.number(quantity)} {names[item][1]}" for item, quantity in lacks]
    told = {"store": stop.store.name, "place": stop.store.place, "items": items}
    wrong = [_conflict(t, stop.wrong, 0)] if stop.wrong else []
    return {**told, "start": stop.start, "end": stop.end, "travel": stop.travel, "wrong": wrong}


def _brief(job: Job) -> dict[str, Any]:
    return {
        "job": job.id,
        "order": job.order_id,
        "title": job.title,
        "site": job.site,
        "stage": STAGE_OF[job.state],
        "priority": job.priority,
        "pinned": job.pinned,
        "agreed": job.agreed,
        "told": job.told,
        "window": job.window,
        "due": job.due,
        "member": job.member_id,
        "place": job.place,
        "duration": job.duration,
    }


def _waiting(here: Frame, job: Job, t: Words) -> dict[str, Any]:
    late = any(one is not None and one < here.facts.now for one in (job.due, job.window and job.window[1]))
    skills = [person.id for person in here.facts.people.values() if not job.skills - person.skills]
    return {**_brief(job), "late": late, "fits": skills, "movable": True, "wrong": []}


def _conflict(t: Words, code: str, seconds: int) -> str:
    return t.text(f"plan.wrong.{code}", time=t.duration(abs(seconds)))


async def _told(here: Frame, one: Change, t: Words) -> dict[str, Any]:
    """A change in words: what was done, by whom, what it changed."""
    zone = (await company()).tz
    last = one.state == "applied" and one.revision == here.revision
    return {
        "id": one.id,
        "state": one.state,
        "cause": one.cause,
        "title": t.text(f"plan.cause.{one.cause}"),
        "status": t.text(f"plan.state.{one.state}"),
        "who": t.text("entry.robot") if one.who == SYSTEM.name else one.who,
        "at": t.time(one.at, zone),
        "progress": one.progress,
        "undo": last and now() - one.at < plan.UNDO_WITHIN,
        "stale": one.state == "ready" and one.revision != here.revision,
        **(summary(t, here, one.told) if one.told else {"lines": [], "conflicts": [], "moved": []}),
    }


def summary(t: Words, here: Frame, told: dict[str, Any]) -> dict[str, Any]:
    """A difference in words: `lines` the price, `conflicts` what is new against it, `moved` for whom what shifts."""
    names = {one.id: one.name for one in here.facts.people.values()}
    lines = [
        _signed(t, "plan.travel", told["travel"]),
        _signed(t, "plan.late", told["late"]),
        t.count("plan.moved", len(told["moved"])),
    ]
    if told["tell"]:
        lines.append(t.count("plan.tell", told["tell"]))
    if dropped := told.get("dropped"):
        lines.append(t.count("plan.dropped", len(dropped)))
    conflicts = [
        {
            "text": f"{numbered(one['order'], t)}: {_conflict(t, one['code'], one['seconds'])}",
            "hard": one["code"] in HARD,
        }
        for one in told["conflicts"]
        if one["fresh"]
    ]
    conflicts += [
        {"text": f"{numbered(one['order'], t)}: {t.text('plan.why.' + one['why'])}", "hard": False}
        for one in dropped or ()
    ]
    moved = [_shift(t, names, one) for one in told["moved"]]
    more = len(moved) - SHOWN_MOVED
    return {
        "lines": [line for line in lines if line],
        "conflicts": conflicts,
        "moved": moved[:SHOWN_MOVED] + ([t.count("plan.more", more)] if more > 0 else []),
    }


def _signed(t: Words, key: str, seconds: int) -> str:
    if abs(seconds) < 60:
        return t.text(f"{key}.same")
    return t.text(f"{key}.more" if seconds > 0 else f"{key}.less", time=t.duration(abs(seconds)))


def _shift(t: Words, names: dict[int, str], one: dict[str, Any]) -> str:
    was = f"{_clock(one['from'])} {names.get(one['was'], '')}" if one["from"] is not None else t.text("plan.reserve")
    becomes = f"{_clock(one['to'])} {names.get(one['member'], '')}" if one["to"] is not None else t.text("plan.reserve")
    if one["was"] == one["member"] and one["from"] is not None and one["to"] is not None:
        was, becomes = _clock(one["from"]), _clock(one["to"])
    return f"{numbered(one['order'], t)} {one['title']}: {was.strip()} → {becomes.strip()}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}"


@page("GET", "/admin/planner/preview.json", permission=MAY)
async def preview_json(request: web.Request) -> web.Response:
    """What a move would do: asked while something is dragged, so it changes nothing."""
    asked = {name: str(value) for name, value in request.query.items()}
    here, t = await seen_frame(actor_of(request), await _asked_day(asked.get("day", ""))), said(request)
    seen = plan.preview(here, _whole(asked, "job") or 0, _whole(asked, "member"), _start(asked))
    return answer(
        {
            "revision": seen.revision,
            "sure": seen.needs_yes,
            **summary(t, here, seen.told),
            "visits": {
                str(one): [{"job": stop.job_id, "start": stop.start, "end": stop.end} for stop in visits]
                for one, visits in seen.visits.items()
            },
        }
    )


def _whole(data: dict[str, str], name: str) -> int | None:
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _start(data: dict[str, str]) -> int | None:
    """Seconds of the day, or «14:30» as the form has it; empty: wherever it costs least."""
    text = data.get("start", "")
    if not text:
        return None
    if ":" in text:
        try:
            found = datetime.strptime(text, "%H:%M")  # noqa: DTZ007
        except ValueError as error:
            raise Refusal("plan.bad_time") from error
        return found.hour * 3600 + found.minute * 60
    found_seconds = _whole(data, "start")
    if found_seconds is None or found_seconds >= DAY_SECONDS:
        raise Refusal("plan.bad_time")
    return found_seconds


@page("POST", "/admin/planner/move", permission=MAY)
async def move(request: web.Request) -> web.Response:
    """Do what the preview showed. 409 with words when the plan has changed since, or a conflict needs a yes."""
    data = await form(request)
    day = await _asked_day(data.get("day", ""))
    async with act(request):
        made = await plan.move(
            day,
            _whole(data, "revision") or 0,
            _whole(data, "job") or 0,
            _whole(data, "member"),
            _start(data),
            sure=data.get("sure") == "1",
        )
    return answer({"change": made})


@page("POST", "/admin/planner/pin", permission=MAY)
async def pin(request: web.Request) -> web.Response:
    data = await form(request)
    day = await _asked_day(data.get("day", ""))
    async with act(request):
        made = await plan.pin(day, _whole(data, "revision") or 0, _whole(data, "job") or 0, data.get("pinned") == "1")
    return answer({"change": made})


@page("POST", "/admin/planner/changes/{id:\\d+}/undo", permission=MAY)
async def undo(request: web.Request) -> web.Response:
    async with act(request):
        made = await plan.undo(number(request))
    return answer({"change": made})


@page("POST", "/admin/planner/solve", permission=MAY)
async def solve(request: web.Request) -> web.Response:
    """Have the day planned; the proposal appears on the page when it is ready."""
    day = await _asked_day((await form(request)).get("day", ""))
    async with act(request):
        made = await proposals.plan_day(day)
    return answer({"change": made})


@page("POST", "/admin/planner/changes/{id:\\d+}/accept", permission=MAY)
async def accept(request: web.Request) -> web.Response:
    async with act(request):
        made = await proposals.accept(number(request))
    return answer({"change": made})


@page("POST", "/admin/planner/changes/{id:\\d+}/drop", permission=MAY)
async def drop(request: web.Request) -> web.Response:
    async with act(request):
        await proposals.drop(number(request))
    return answer({"change": number(request)})


@page("GET", "/admin/planner/week", permission=SEE)
async def week_page(request: web.Request) -> web.Response:
    """Seven days: who works, how full everybody is, what has nobody yet."""
    day = _day(request.query.get("day", "")) or await today()
    first = day - timedelta(days=day.weekday())
    days = await week(actor_of(request), first)
    here = await seen_frame(actor_of(request), day)
    seen = {member for one in days for member in one.rows}
    people = [one for one in here.facts.people.values() if one.id in seen or one.shift]
    return await render(
        request, "admin/planner_week.html", days=days, people=people, first=first, today=await today(),
        step=timedelta(days=7),
    )  # fmt: skip
