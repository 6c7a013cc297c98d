"""The end of a visit: outcome, what is missing, the return visit, the signature."""

from datetime import date, datetime, tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.calendar import day_code, day_rows, first_day, read_day, window_rows
from bot.shared.voice import Voice, line, lines, paragraphs, time_of, voice
from bot.technician.screens.job import outside, paper_line
from bot.turn import moment
from bot.view import Button, Media, Style, View

Facts = dict[str, Any]
OUTCOMES = ("done", "partly", "no_access", "part_needed")
LEADS = {"checklist": "job.check", "photo_before": "job.photo", "photo_after": "job.photo", "work_line": "job.lines",
         "comment": "job.comment", "signature": "job.sign"}  # fmt: skip


def _back(v: Voice, mine: Facts) -> tuple[Button, ...]:
    return (v.button("technician.to_job", "job.open", mine["id"], mine.get("revision", 0)),)


@screen("technician.finish")
def finish(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, mine = voice(locale, zone), facts["job"]
    id, revision = mine["id"], mine.get("revision", 0)
    rows: list[tuple[Button, ...]] = []
    for code in OUTCOMES:
        style: Style | None = "success" if code == "done" else None
        rows.append((v.button(f"technician.outcome.{code}", "job.finish", id, revision, code, style=style),))
    return View(paragraphs(told.header(v, facts), v("technician.finish")), rows=(*rows, _back(v, mine)))


@screen("technician.finish.why")
def why(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, note = voice(locale, zone), facts.get("note")
    text = paragraphs(v(f"technician.note.{note}") if note else None, v(f"technician.finish.why.{facts['outcome']}"))
    return View(text, rows=(_back(v, facts["job"]),))


@screen("technician.missing")
def missing(facts: Facts, locale: str, zone: tzinfo) -> View:
    """All that is still wanted; each button leads right there, the first one is big."""
    v, mine = voice(locale, zone), facts["job"]
    id, revision = mine["id"], mine.get("revision", 0)
    wanted = _merged(facts["missing"])
    told_lines = lines(*(v("technician.missing.line", text=_what(v, need)) for need in wanted))
    rows: list[tuple[Button, ...]] = []
    for need in wanted:
        if verb := LEADS.get(need["code"]):
            extra = {"photo_before": "before", "photo_after": "after"}.get(need["code"], "")
            style: Style | None = None if rows else "primary"
            rows.append((v.button(f"technician.missing.go.{need['code']}", verb, id, revision, extra, style=style),))
    text = paragraphs(told.header(v, facts), v("technician.missing"), told_lines)
    return View(text, rows=(*rows, _back(v, mine)))


def _merged(needs: list[Facts]) -> list[Facts]:
    """Needs by code, each once; what they name is joined."""
    found: dict[str, Facts] = {}
    for need in needs:
        known = found.setdefault(need["code"], {"code": need["code"], "items": []})
        known["items"] += need.get("items") or ([need["text"]] if need.get("text") else [])
    return list(found.values())


def _what(v: Voice, need: Facts) -> str:
    key = f"technician.missing.{need['code']}"
    names = [line(v.named(name), 80) for name in need["items"]]
    if not v.words.has(key):
        return ", ".join(names) or need["code"]
    return f"{v.plain(key)}: {', '.join(names)}" if names else v.plain(key)


@screen("technician.again")
def again(facts: Facts, locale: str, zone: tzinfo) -> View:
    """When shall somebody come again?"""
    v, mine = voice(locale, zone), facts["job"]
    today = _now(facts, zone).date()
    tomorrow = date.fromordinal(today.toordinal() + 1)
    rows = (
        (v.button("technician.again.soon", "again.when", mine["id"], extra="soon", style="primary"),),
        (v.button("shared.tomorrow", "again.when", mine["id"], extra=day_code(tomorrow)),
         v.button("technician.again.pick", "again.when", mine["id"], extra="pick")),
        (v.button("technician.again.later", "again.when", mine["id"], extra="no"),),
    )  # fmt: skip
    return View(v("technician.again", number=facts["number"]), rows=rows)


@screen("technician.again.day")
def again_day(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, mine = voice(locale, zone), facts["job"]
    rows = day_rows(v, "again.when", mine["id"], 0, first_day(_now(facts, zone), zone), read_day(facts["day"]))
    return View(v("technician.again.day", number=facts["number"]), rows=tuple(rows))


@screen("technician.again.window")
def again_window(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, mine = voice(locale, zone), facts["job"]
    chosen = read_day(facts["day"]) or _now(facts, zone).date()
    rows = window_rows(v, "again.when", mine["id"], 0, chosen, _now(facts, zone))
    back = v.button("technician.again.pick", "again.when", mine["id"], extra="pick")
    return View(v("technician.again.window", day=v.words.date(chosen, style="day")), rows=(*rows, (back,)))


@screen("technician.again.set")
def again_set(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    window = v.window(time_of(facts, "from"), time_of(facts, "to"))
    return View(v("technician.again.set", number=facts["number"], window=window))


@screen("technician.again.no")
def again_no(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("technician.again.no", number=facts["number"]))


@screen("technician.sign")
def sign(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Both ways to sign; `app`: the Mini App can be opened."""
    v, mine, paper = voice(locale, zone), facts["job"], facts["document"]
    state = paper["state"]
    media = (Media(paper["file_id"], "document"),) if paper.get("file_id") and facts.get("show") else ()
    head = paper_line(v, paper, mine)
    rows: list[tuple[Button, ...]] = []
    if state == "ready" and outside(mine):
        text = v("technician.sign.outside")
    elif state == "ready":
        if facts.get("app"):
            rows.append((Button(v.plain("technician.sign.screen"), app=f"sign/{paper['id']}", style="primary"),))
        text = v("technician.sign.ready" if facts.get("app") else "technician.sign.bot")
    elif state in ("draft", "rendering"):
        text = v("technician.sign.wait")
        rows.append(
            (v.button("technician.sign.look", "job.sign", mine["id"], mine.get("revision", 0), style="primary"),)
        )
    else:
        text = v(f"technician.sign.{state}")
    if state in ("ready", "refused"):
        rows.append((v.button("technician.sign.redo", "job.redo", mine["id"], mine.get("revision", 0)),))
    return View(paragraphs(told.header(v, facts), head, text), media=media, rows=(*rows, _back(v, mine)))


def _now(facts: Facts, zone: tzinfo) -> datetime:
    found = moment(facts["now"])
    assert found is not None
    return found.astimezone(zone)
