"""The job's card: what, where, how far along, and exactly the steps that come next."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import maps
from bot.shared import orders as told
from bot.shared.checks import off_norm
from bot.shared.reasons import PAUSE
from bot.shared.voice import Html, Voice, clean, line, lines, paragraphs, time_of, voice
from bot.view import Button, Person, Place, Style, View

Facts = dict[str, Any]
Rows = tuple[tuple[Button, ...], ...]
CARD = "+"
"""What the card's own buttons carry: what they open gets a message of its own, for events redraw the card."""

PHONE = ("assigned", "travelling", "on_site", "paused")


@screen("technician.job")
def job(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, mine = voice(locale, zone), facts["job"]
    state = mine["state"]
    text = paragraphs(
        lines(told.header(v, facts), v("technician.job.stage", stage=v.named(mine.get("stage")), mark=_MARKS[state])),
        v("technician.job.return") if mine.get("return_of") else None,
        told.title_of(v, mine),
        lines(
            v("technician.job.customer", name=line((facts.get("customer") or {}).get("name") or "—")),
            told.where(v, facts),
            told.assets(v, facts),
            _time(v, facts),
            v("technician.job.fee", fee=v.money(mine["fee"]))
            if mine.get("fee") is not None and outside(mine)
            else None,
            told.attachments(v, facts.get("files")),
        ),
        told.words_of(facts, 600) if facts.get("words") else None,
        told.absorbed(v, facts),
        _done_so_far(v, mine) if state in ("on_site", "paused", "done", "closed") else None,
        _paper(v, facts) if state in ("done", "closed") else None,
    )
    return View(text, rows=_rows(v, facts))


_MARKS = {
    "new": "⚪️", "offered": "⚪️", "assigned": "🔵", "travelling": "🚗", "on_site": "🛠", "paused": "⏸",
    "done": "✅", "closed": "🏁", "cancelled": "⚫️",
}  # fmt: skip


def _time(v: Voice, facts: Facts) -> Html:
    mine = facts["job"]
    start = time_of(mine, "planned_from") or time_of(facts, "wanted_from")
    end = time_of(mine, "planned_to") or time_of(facts, "wanted_to")
    return v("technician.when", window=v.window(start, end))


def _done_so_far(v: Voice, mine: Facts) -> Html:
    """Checklist, photos, lines and comment, each with a mark."""
    listed, report = mine.get("checklist") or {}, mine.get("report") or {}
    total = int(listed.get("total") or 0)
    check = None
    if total:
        mark = "✅" if not listed.get("missing") else "▫️"
        check = v("technician.job.check", mark=mark, done=listed.get("done", 0), total=total)
    before, after = int(report.get("photos_before") or 0), int(report.get("photos_after") or 0)
    comment = line(mine.get("comment") or "", 200)
    return lines(
        check,
        off_norm(v, mine),
        v("technician.job.photos", mark="✅" if before and after else "▫️", before=before, after=after),
        _lines_so_far(v, mine),
        v("technician.job.comment", text=comment) if comment else None,
    )


def _lines_so_far(v: Voice, mine: Facts) -> Html:
    report = mine.get("report") or {}
    count = int(report.get("lines") or 0)
    said = {"mark": "✅" if count else "▫️", "n": count}
    if outside(mine):
        return v("technician.job.lines.plain", **said)
    return v("technician.job.lines", total=v.money(report.get("total") or "0"), **said)


def _paper(v: Voice, facts: Facts) -> Html | None:
    papers = facts.get("documents") or []
    return paper_line(v, papers[-1], facts["job"]) if papers else None


def outside(mine: Facts) -> bool:
    """A contractor looks at it: the customer's money is nothing to them, what they get themselves is."""
    return bool(mine.get("outside") or (mine.get("assignee") or {}).get("contractor"))


def paper_line(v: Voice, paper: Facts, mine: Facts) -> Html:
    key = f"technician.paper.{paper['state']}"
    if outside(mine):
        return v(f"{key}.plain", act=paper["number"])
    return v(key, act=paper["number"], total=v.money(paper["total"]))


def _rows(v: Voice, facts: Facts) -> Rows:
    mine = facts["job"]
    id, revision, state = mine["id"], mine.get("revision", 0), mine["state"]
    rows: list[tuple[Button, ...]] = []
    if state in ("assigned", "paused"):
        rows += _before_work(v, facts, state)
    elif state == "travelling":
        rows.append((v.button("technician.do.arrive", "job.arrive", id, revision, CARD, style="primary"),))
        rows.append((v.button("technician.do.share", "job.share", id, revision, CARD),))
    elif state == "on_site":
        rows += _work_rows(v, mine)
    elif state == "done":
        rows += _sign_rows(v, facts)
    if state in PHONE:
        rows += _way_rows(v, facts)
        rows += _plan_row(v, facts)
        rows += _files_row(v, facts)
    if state in (*PHONE, "done"):
        rows.append((v.button("technician.do.more", "job.more", id, revision, CARD),))
    return tuple(rows)


def _sign_rows(v: Voice, facts: Facts) -> Rows:
    """Sign at once where the Mini App opens (the button falls away where it can't), or see the other way."""
    mine, papers = facts["job"], facts.get("documents") or []
    if papers and papers[-1]["state"] == "signed":
        return ()
    ready = papers and papers[-1]["state"] == "ready" and not outside(mine)
    screen = (
        ((Button(v.plain("technician.sign.screen"), app=f"sign/{papers[-1]['id']}", style="primary"),),)
        if ready
        else ()
    )
    other = v.button(
        "technician.do.sign", "job.sign", mine["id"], mine.get("revision", 0), CARD, style=None if ready else "primary"
    )
    return (*screen, (other,))


def _before_work(v: Voice, facts: Facts, state: str) -> Rows:
    mine = facts["job"]
    verb = "go" if state == "assigned" else "resume"
    return (
        (v.button(f"technician.do.{verb}", f"job.{verb}", mine["id"], mine.get("revision", 0), CARD, style="primary"),),
    )


def _work_rows(v: Voice, mine: Facts) -> Rows:
    """What is missing comes first and is big; when nothing is, the finish is."""
    id, revision = mine["id"], mine.get("revision", 0)
    listed, report = mine.get("checklist") or {}, mine.get("report") or {}
    waiting = []
    if not report.get("photos_before"):
        waiting.append("photo")
    if listed.get("missing"):
        waiting.append("check")
    if not report.get("lines"):
        waiting.append("lines")
    if not report.get("photos_after") and "photo" not in waiting:
        waiting.append("photo")
    first = waiting[0] if waiting else "finish"
    done, total = listed.get("done", 0), listed.get("total", 0)

    def button(what: str) -> Button:
        style: Style | None = "primary" if what == first else None
        if what == "check":
            return v.button("technician.do.check", "job.check", id, revision, CARD, style=style, done=done, total=total)
        return v.button(f"technician.do.{what}", f"job.{what}", id, revision, CARD, style=style)

    grid = [(button("check"), button("photo")) if total else (button("photo"),), (button("lines"), button("comment"))]
    last = (button("finish"),) if first != "finish" else ()
    head = (button("finish"),) if first == "finish" else ()
    return tuple(row for row in (head, *grid, last) if row)


def _way_rows(v: Voice, facts: Facts) -> Rows:
    """Call, go there, copy the address."""
    mine, contact = facts["job"], facts.get("contact") or {}
    id, address = mine["id"], " ".join((facts.get("address") or "").split())[:256]
    row: list[Button] = []
    if contact.get("phone"):
        row.append(v.button("technician.do.call", "job.call", id))
    route = maps.route(facts.get("lat"), facts.get("lon"), address)
    if route and mine["state"] in ("assigned", "travelling", "paused"):
        row.append(Button(v.plain("technician.do.route"), url=route))
    if address and mine["state"] in ("assigned", "travelling"):
        row.append(Button(v.plain("technician.do.copy"), copy=address))
    return (tuple(row),) if row else ()


def _plan_row(v: Voice, facts: Facts) -> Rows:
    """Where on the floor it is, when that was marked."""
    if not facts["plan"] and not any(asset["plan"] for asset in facts["assets"]):
        return ()
    mine = facts["job"]
    return ((v.button("technician.do.plan", "job.plan", mine["id"], mine.get("revision", 0)),),)


def _files_row(v: Voice, facts: Facts) -> Rows:
    """What the customer sent, to be seen before one leaves."""
    count = sum((facts.get("files") or {}).values())
    if not count:
        return ()
    mine = facts["job"]
    return ((v.button("technician.do.files", "job.files", mine["id"], mine.get("revision", 0), n=count),),)


@screen("technician.job.none")
def none(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(v("technician.job.none.said" if facts.get("said") else "technician.job.none"))


@screen("technician.more")
def more(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Things needed now and then."""
    v, mine = voice(locale, zone), facts["job"]
    id, revision, state = mine["id"], mine.get("revision", 0), mine["state"]
    rows: list[tuple[Button, ...]] = [
        (v.button("technician.do.team", "job.chat", id, revision, "team"),
         v.button("technician.do.customer", "job.chat", id, revision, "customer")),
    ]  # fmt: skip
    if facts.get("lat") is not None:
        rows.append((v.button("technician.do.pin", "job.pin", id, revision),))
    if state in ("travelling", "on_site", "paused"):
        rows.append((v.button("technician.do.crew", "job.crew", id, revision),))
    if state in ("travelling", "on_site"):
        rows.append((v.button("technician.do.pause", "job.pause", id, revision),))
    if state in ("travelling", "on_site", "done"):
        rows.append((v.button(f"technician.do.back.{state}", "job.back", id, revision),))
    rows.append((v.button("technician.to_job", "job.open", id, revision),))
    return View(paragraphs(told.header(v, facts), v("technician.more")), rows=tuple(rows))


@screen("technician.pause")
def pause(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, id = voice(locale, zone), facts["job_id"]
    rows = [(v.button(f"shared.reason.pause.{code}", "job.pause", id, extra=code),) for code in PAUSE]
    rows.append((v.button("shared.reason.other", "job.pause", id, extra="other"),))
    rows.append((v.button("technician.to_job", "job.open", id),))
    return View(v("technician.pause"), rows=tuple(rows))


@screen("technician.pause.own")
def pause_own(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, note = voice(locale, zone), facts.get("note")
    text = paragraphs(v(f"shared.reason.{note}") if note else None, v("technician.pause.own"))
    return View(text, rows=((v.button("technician.to_job", "job.open", facts["job_id"]),),))


@screen("technician.contact")
def contact(facts: Facts, locale: str, zone: tzinfo) -> View:
    """A contact card: one press calls; the number can be copied as well."""
    v, phone = voice(locale, zone), facts["phone"]
    copy = Button(v.plain("technician.do.copy_phone", phone=v.words.phone(phone)), copy=phone)
    return View(person=Person(clean(facts.get("name") or "—", 60), phone), rows=((copy,),))


@screen("technician.pin")
def pin(facts: Facts, locale: str, zone: tzinfo) -> View:
    """A stop of the day says which one it is: `n`."""
    v = voice(locale, zone)
    if n := facts.get("n"):
        title = line(f"{n}. {v.plain('shared.number', number=facts['number'])} {facts['title']}", 60)
    else:
        title = line(facts.get("title") or v.plain("technician.pin.title", number=facts["number"]), 60)
    route = maps.route(facts["lat"], facts["lon"])
    rows = ((Button(v.plain("technician.do.route"), url=route),),) if route else ()
    return View(
        place=Place(facts["lat"], facts["lon"], title=title, address=line(facts["address"] or "—", 200)), rows=rows
    )


@screen("technician.share")
def share(facts: Facts, locale: str, zone: tzinfo) -> View:
    """How to share the live location, in the app's own words."""
    return View(voice(locale, zone)("technician.share"))


@screen("technician.shared")
def shared(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, id = voice(locale, zone), facts.get("job_id")
    if not id:
        return View(v("technician.shared.idle"))
    there = v.button("technician.do.arrive", "job.arrive", id, style="primary")
    return View(v("technician.shared"), rows=((there,), (v.button("technician.to_job", "job.open", id),)))


@screen("technician.spotted")
def spotted(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("technician.spotted"))
