"""What a technician is told without asking, and the talk about a job."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.voice import MESSAGE, Html, clean, line, lines, paragraphs, time_of, voice
from bot.view import Button, Media, View
from core.overview.jobs import running_job

Facts = dict[str, Any]
FIELDS = ("words", "wanted", "priority", "place", "planned", "assets")
_GROUPS = {
    "words": "words", "summary": "words", "wanted_from": "wanted", "wanted_to": "wanted", "urgency": "priority",
    "priority": "priority", "site_id": "place", "address": "place", "lat": "place", "lon": "place",
    "planned_from": "planned", "planned_to": "planned", "assets": "assets", "asset_ids": "assets",
}  # fmt: skip


@screen("technician.changed")
def changed(facts: Facts, locale: str, zone: tzinfo) -> View:
    """What became different, in words; the card itself is current already."""
    v = voice(locale, zone)
    groups = {_GROUPS[name] for name in facts.get("fields") or () if name in _GROUPS}
    names = [v.plain(f"technician.changed.{name}") for name in FIELDS if name in groups]
    mine = facts.get("job") or {}
    start = time_of(mine, "planned_from") or time_of(facts, "wanted_from")
    end = time_of(mine, "planned_to") or time_of(facts, "wanted_to")
    when = v("technician.when", window=v.window(start, end)) if groups & {"wanted", "planned"} else None
    head = v("technician.changed", number=facts["number"], what=", ".join(names) or v.plain("technician.changed.other"))
    rows = ((v.button("technician.to_job", "job.open", mine["id"]),),) if mine else ()
    return View(lines(head, when, told.where(v, facts) if "place" in groups else None), rows=rows)


@screen("technician.cancelled")
def cancelled(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, it = voice(locale, zone), told.order_of(facts)
    code = facts.get("reason")
    known = v.plain(f"technician.taken.{code}") if code in ("reassigned", "planner", "step_back") else ""
    reason = known or line(code or it.get("cancel_reason") or "", 300)
    site = line((it.get("site") or {}).get("name") or it.get("address") or "", 80)
    over = (facts.get("job") or {}).get("state") == "cancelled" or it["state"] == "cancelled"
    key = "technician.cancelled" if over else "technician.taken"
    return View(
        lines(
            v(key, number=it["number"]),
            v("shared.where.one", place=site) if site else None,
            v("technician.reason", reason=reason) if reason else None,
        )
    )


@screen("technician.message")
def message(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), facts["order_number"]
    side = "customer" if facts.get("side") == "customer" else "team"
    whose = "customer" if facts.get("by_customer") else "team"
    head = v(f"technician.message.{whose}", number=number, who=line(facts.get("who") or "—"))
    file = facts.get("file")
    text = clean(facts.get("text") or "", MESSAGE)
    media = (Media(file["id"], file["kind"]),) if file else ()
    rows: tuple[tuple[Button, ...], ...] = ()
    if job := facts.get("job"):
        rows = ((v.button("technician.message.answer", "job.chat", job["id"], extra=side),),)
    return View(lines(head, v("shared.as_is", text=text) if text else None), media=media, rows=rows)


@screen("technician.signed")
def signed(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, paper = voice(locale, zone), facts.get("document") or {}
    number = told.number_of(facts)
    name = line(paper.get("signed_by") or facts.get("name") or "", 80)
    who = v("technician.signed.who", name=name) if name else None
    media = (Media(paper["file_id"], "document"),) if paper.get("file_id") else ()
    return View(lines(v("technician.signed", number=number), who), media=media)


@screen("technician.reminder")
def reminder(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, it = voice(locale, zone), told.order_of(facts)
    mine = facts.get("job") or running_job(it) or {}
    text = clean(facts.get("text") or "", 500)
    due = time_of(facts, "due_at")
    rows = ((v.button("technician.to_job", "job.open", mine["id"], style="primary"),),) if mine else ()
    head = v("technician.reminder", number=it["number"])
    return View(
        lines(
            head,
            v("shared.as_is", text=text) if text else None,
            v("technician.reminder.due", at=v.stamp(due)) if due else None,
            told.where(v, it),
        ),
        rows=rows,
    )


@screen("technician.talk")
def talk(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, side = voice(locale, zone), facts["side"]
    other = "customer" if side == "team" else "team"
    rows = (
        (v.button("technician.talk.leave", "talk.leave", facts["job_id"]),),
        (v.button(f"technician.do.{other}", "job.chat", facts["job_id"], extra=other),),
    )
    text = v(f"technician.talk.{side}", number=facts["number"])
    return View(text, rows=rows, placeholder=v.plain(f"technician.talk.placeholder.{side}"))


@screen("technician.sort")
def sort(facts: Facts, locale: str, zone: tzinfo) -> View:
    """What is it that came unasked? Photos and words have other answers."""
    v, id, count = voice(locale, zone), facts["job_id"], facts["files"]
    text = clean(facts.get("text") or "", 300)
    quote = Html(f"<blockquote>{v('shared.as_is', text=text)}</blockquote>") if text else None
    got = v.count_html("technician.sort.files", count) if count else None
    rows: list[tuple[Button, ...]] = []
    if count:
        rows.append((v.button("technician.sort.before", "sort.as", id, extra="before", style="primary"),
                     v.button("technician.sort.after", "sort.as", id, extra="after", style="primary")))  # fmt: skip
    elif text:
        rows.append((v.button("technician.sort.comment", "sort.as", id, extra="comment", style="primary"),))
    rows.append((v.button("technician.do.team", "sort.as", id, extra="team"),
                 v.button("technician.do.customer", "sort.as", id, extra="customer")))  # fmt: skip
    return View(paragraphs(got, quote, v("technician.sort", number=facts["number"])), rows=tuple(rows))


@screen("technician.sorted")
def sorted_out(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, mine = voice(locale, zone), facts["job"]
    rows = ((v.button("technician.to_job", "job.open", mine["id"], mine.get("revision", 0)),),)
    return View(v(f"technician.sorted.{facts['kind']}", number=facts["number"]), rows=rows)


@screen("technician.sort.gone")
def sort_gone(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("technician.sort.gone"))


@screen("technician.too_long")
def too_long(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(v("shared.too_long", limit=v.words.number(facts["limit"])))


@screen("technician.unreadable")
def unreadable(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("shared.unreadable"))
