"""Getting in, the home screen, settings, the van."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.languages import language_row
from bot.shared.paging import arrows, page_of
from bot.shared.voice import Voice, line, lines, paragraphs, time_of, voice
from bot.view import Button, View

Facts = dict[str, Any]
STOCK_PAGE = 25


def keyboard(v: Voice, on_duty: bool) -> tuple[tuple[Button, ...], ...]:
    """The technician's big buttons: what is pressed most is on top."""
    day = Button(v.plain("technician.menu.day"))
    rota, stock = Button(v.plain("technician.menu.rota")), Button(v.plain("technician.menu.stock"))
    settings = Button(v.plain("technician.menu.settings"))
    if not on_duty:
        return ((Button(v.plain("technician.menu.shift_open"), style="success"),), (day, rota), (stock, settings))
    job = Button(v.plain("technician.menu.job"), style="primary")
    return ((job, day), (rota, stock), (Button(v.plain("technician.menu.shift_close")), settings))


@screen("technician.stranger")
def stranger(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    note = v("technician.stranger.bad_invite") if facts.get("note") == "bad_invite" else None
    return View(paragraphs(note, v("technician.stranger", company=line(facts.get("company") or "—"))))


@screen("technician.home")
def home(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, since = voice(locale, zone), time_of(facts, "on_duty_at")
    note = facts.get("note")
    running, waiting = facts.get("running"), int(facts.get("jobs") or 0)
    free = None if running else v("technician.home.free")
    jobs = v.count_html("technician.home.jobs", waiting) if waiting else free
    state = v("technician.home.on_duty", at=v.clock(since)) if since else v("technician.home.off_duty")
    text = paragraphs(
        v(f"technician.home.{note}") if note else None,
        lines(v("technician.home", name=line(facts.get("name") or "")), state),
        lines(jobs if since or waiting else None, v("technician.home.running", number=running) if running else None),
    )
    return View(text, keyboard=keyboard(v, since is not None))


@screen("technician.settings")
def settings(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    text = v("technician.settings", name=line(facts.get("name") or "—"))
    return View(text, rows=(language_row("settings.language", locale),))


@screen("technician.help")
def help_me(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("technician.help"))


@screen("technician.stock")
def stock(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    if not facts["items"]:
        return View(v("technician.stock.empty"))
    shown, page, more = page_of(facts["items"], facts.get("page", 0), STOCK_PAGE)
    rows = (
        v("technician.stock.line", name=line(item["name"], 60), quantity=v.amount(item["quantity"], item["unit"]))
        for item in shown
    )
    return View(paragraphs(v("technician.stock"), lines(*rows)), rows=arrows("stock.page", 0, 0, page, more))
