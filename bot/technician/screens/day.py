"""The day and the archive."""

from datetime import datetime, tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import maps
from bot.shared.orders import OVER, URGENCY_MARKS
from bot.shared.voice import Html, Voice, line, lines, paragraphs, time_of, voice
from bot.turn import moment
from bot.view import Button, View

Facts = dict[str, Any]
MARKS = {"assigned": "🔵", "travelling": "🚗", "on_site": "🛠", "paused": "⏸", "done": "✅", "closed": "✅",
         "cancelled": "⚫️"}  # fmt: skip
SHOWN = 12


@screen("technician.day")
def day(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Jobs in the order of the day, each with its distance from the one before."""
    v, jobs = voice(locale, zone), facts["jobs"]
    now = moment(facts["now"])
    assert now is not None
    archive = v.button("technician.day.archive", "day.archive", extra="0")
    kinds = _kinds(v, facts)
    if not jobs:
        key = "technician.day.none_such" if facts.get("all") else "technician.day.none"
        return View(v(key, day=v.day(now)), rows=(*kinds, (archive,)))
    text = paragraphs(
        v("technician.day", day=v.day(now)),
        *(part for n, job in enumerate(jobs[:SHOWN], 1) for part in (_fetch(v, job, facts), _brief(v, n, job, now))),
        v("shared.more", n=len(jobs) - SHOWN) if len(jobs) > SHOWN else None,
    )
    buttons = [Button(_opener(v, n, job), "job.open", job["id"]) for n, job in enumerate(jobs[:SHOWN], 1)]
    rows: list[tuple[Button, ...]] = [tuple(buttons[n : n + 2]) for n in range(0, len(buttons), 2)]
    if fetch := _to_store(v, jobs, facts.get("pickup")):
        rows.append(fetch)
    if way := _way(jobs, facts.get("pickup")):
        rows.append((Button(v.plain("technician.day.way"), url=way), v.button("technician.day.pins", "day.pins")))
    return View(text, rows=(*rows, *kinds, (archive,)))


def _kinds(v: Voice, facts: Facts) -> tuple[tuple[Button, ...], ...]:
    """Which jobs are shown; one job or none is not worth choosing from."""
    if facts.get("all", 0) < 2:
        return ()
    chosen = facts.get("kind", "all")
    return (
        tuple(
            Button(("✅ " if kind == chosen else "") + v.plain(f"technician.day.kind.{kind}"), "day.list", extra=kind)
            for kind in ("all", "late", "fresh")
        ),
    )


def _brief(v: Voice, n: int, job: Facts, now: datetime) -> Html:
    start, end = time_of(job, "planned_from"), time_of(job, "planned_to")
    today = start is not None and start.astimezone(v.zone).date() == now.astimezone(v.zone).date()
    when = (f"{v.clock(start)}–{v.clock(end)}" if today and end else v.window(start, end)) if start else ""
    if arrives := time_of(job, "starts_at"):
        when = v.plain("technician.day.at.window" if when else "technician.day.at", at=v.clock(arrives), window=when)
    urgent = URGENCY_MARKS[job["priority"]] if job.get("priority") in ("urgent", "high") else ""
    marks = "".join(filter(None, (MARKS.get(job["state"], "⚪️"), urgent)))
    head = v("technician.day.head", n=n, mark=marks, number=job["number"], when=when)
    metres = job.get("metres")
    place = line(job.get("address") or job.get("site") or "", 80)
    where = v("technician.day.far", place=place, distance=v.words.distance(metres)) if metres is not None else (
        v("shared.where.one", place=place) if place else None)  # fmt: skip
    due = time_of(job, "due_at")
    clock = v("technician.day.late" if job.get("late") else "technician.day.due", at=_at(v, due, now)) if due else None
    drive = v("technician.day.drive", time=v.words.duration(job["travel"])) if job.get("travel") else None
    what = line(job.get("summary") or "", 80) or v.plain("shared.no_words")
    return lines(head, v("technician.day.what", what=what), where, drive, clock)


def _at(v: Voice, at: datetime, now: datetime) -> str:
    """The time alone when it is today's."""
    return v.clock(at) if at.astimezone(v.zone).date() == now.astimezone(v.zone).date() else v.stamp(at)


def _fetch(v: Voice, job: Facts, facts: Facts) -> Html | None:
    """The stop at a store before the first job that lacks something."""
    stop = facts.get("pickup")
    if not stop or stop["job"] != job["id"]:
        return None
    if not stop["store"]:
        return v("technician.day.pickup.nowhere", items=_goods(v, stop["items"]))
    at, left = time_of(stop, "starts_at"), stop.get("left")
    address, travel = line(stop.get("address") or "", 80), stop.get("travel")
    return lines(
        v("technician.day.pickup", store=line(stop["store"], 80), items=_goods(v, stop["items"])),
        v("technician.day.pickup.left", items=_goods(v, left)) if left else None,
        v("shared.where.one", place=address) if address else None,
        v("technician.day.pickup.at", at=v.clock(at)) if at else v("technician.day.pickup.unplaced"),
        v("technician.day.drive", time=v.words.duration(travel)) if travel else None,
    )


def _goods(v: Voice, items: list[list[str]]) -> str:
    return "; ".join(f"{line(name, 60)} — {v.amount(n, unit)}" for name, n, unit in items[:8])


def _to_store(v: Voice, jobs: list[Facts], stop: Facts | None) -> tuple[Button, ...]:
    """The way there, and the press that says it is done; nothing while the job that needs it is not shown."""
    if not stop or not stop["store"] or stop["job"] not in [job["id"] for job in jobs[:SHOWN]]:
        return ()
    way = maps.route(stop.get("lat"), stop.get("lon"), stop.get("address") or "")
    there = (Button(v.plain("technician.day.pickup.way"), url=way),) if way else ()
    return (*there, v.button("technician.day.pickup.done", "day.fetched", stop["id"], 0, stop.get("mark") or ""))


def _way(jobs: list[Facts], stop: Facts | None = None) -> str | None:
    """One route through the open jobs, by the store before the first of them that lacks something."""
    points = []
    for job in jobs:
        if stop and stop["job"] == job["id"] and stop.get("lat") is not None:
            points.append((stop["lat"], stop["lon"]))
        if job["state"] not in OVER and job.get("lat") is not None:
            points.append((job["lat"], job["lon"]))
    if len(points) < 2:
        return maps.route(*points[0]) if points else None
    return maps.through(points)


def _opener(v: Voice, n: int, job: Facts) -> str:
    return f"{MARKS.get(job['state'], '⚪️')} {n}. {v.plain('shared.number', number=job['number'])}"


@screen("technician.archive")
def archive(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, jobs = voice(locale, zone), facts["jobs"]
    back = v.button("technician.day.back", "day.list")
    if not jobs:
        return View(v("technician.archive.none"), rows=((back,),))
    text = paragraphs(v("technician.archive"), *(_past(v, job) for job in jobs))
    buttons = [v.button("shared.number", "job.open", job["id"], number=job["number"]) for job in jobs]
    rows: list[tuple[Button, ...]] = [tuple(buttons[n : n + 3]) for n in range(0, len(buttons), 3)]
    if facts.get("more"):
        rows.append((v.button("technician.archive.more", "day.archive", extra=str(jobs[-1]["id"])),))
    return View(text, rows=(*rows, (back,)))


def _past(v: Voice, job: Facts) -> Html:
    done = time_of(job, "done_at")
    state = (
        v.plain(f"technician.outcome.{job['outcome']}")
        if job.get("outcome")
        else v.plain("technician.archive.cancelled")
    )
    what = line(job.get("summary") or "", 70) or v.plain("shared.no_words")
    head = v("technician.archive.head", number=job["number"], when=v.stamp(done) if done else "", state=state)
    return lines(
        head, v("technician.day.what", what=what), v("shared.where.one", place=line(job.get("site") or "—", 60))
    )
