"""Lists and short answers of the dispatcher bot."""

from datetime import tzinfo
from typing import Any

from bot.dispatcher.screens.card import STATE_MARKS, summary_line
from bot.routes import screen
from bot.shared.languages import NAMES
from bot.shared.paging import arrows
from bot.shared.voice import Html, Voice, line, lines, paragraphs, voice
from bot.turn import moment
from bot.view import Button, View

Facts = dict[str, Any]


@screen("dispatcher.orders")
def orders(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    if not facts["orders"]:
        return View(v("dispatcher.list.empty"))
    text = paragraphs(v("dispatcher.list.title"), _orders(v, facts))
    return View(text, (*_openers(v, facts), *arrows("list.orders", 0, 0, facts["page"], facts["more"])))


@screen("dispatcher.found")
def found(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    words = line(facts["words"])
    if not facts["orders"]:
        return View(v("dispatcher.found.nothing", words=words))
    return View(paragraphs(v("dispatcher.found.title", words=words), _orders(v, facts)), _openers(v, facts))


def _orders(v: Voice, facts: Facts) -> Html:
    now = moment(facts["now"])
    assert now is not None
    return lines(*[summary_line(v, order, now) for order in facts["orders"]])


def _openers(v: Voice, facts: Facts) -> tuple[tuple[Button, ...], ...]:
    buttons = [
        v.button("shared.number", "list.open", order["number"], number=order["number"]) for order in facts["orders"]
    ]
    return tuple(tuple(buttons[start : start + 5]) for start in range(0, len(buttons), 5))


@screen("dispatcher.who")
def who(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Technicians on duty first, each with what they do and when they were last seen."""
    v = voice(locale, zone)
    on_duty = [_person(v, one) for one in facts["people"] if one["on_duty"]]
    off_duty = [line(one["name"]) for one in facts["people"] if not one["on_duty"]]
    if not facts["people"]:
        return View(v("dispatcher.who.empty"))
    return View(
        paragraphs(
            v("dispatcher.who.title", on=len(on_duty), all=len(facts["people"])),
            lines(*on_duty),
            v("dispatcher.who.off", names=", ".join(off_duty)) if off_duty else None,
        )
    )


def _person(v: Voice, one: Facts) -> Html:
    mark = STATE_MARKS.get(one["state"] or "", "🟢")
    doing = (
        v.plain("dispatcher.who.job", state=v.plain(f"dispatcher.job.{one['state']}"), number=one["order"])
        if one["order"]
        else v.plain("dispatcher.who.free")
    )
    seen = one["seen_seconds"]
    age = v.plain("dispatcher.who.seen", ago=v.words.duration(seen)) if seen is not None else ""
    return v("dispatcher.who.line", mark=mark, name=line(one["name"]), doing=doing, seen=age)


@screen("dispatcher.note")
def note(facts: Facts, locale: str, zone: tzinfo) -> View:
    """One short text: {key, **params}."""
    v = voice(locale, zone)
    params = {name: value for name, value in facts.items() if name != "key"}
    return View(v(facts["key"], **params))


@screen("dispatcher.help")
def help_(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    key = "dispatcher.help.private" if facts["private"] else "dispatcher.help.group"
    return View(v(key if facts["known"] else "dispatcher.help.stranger"))


@screen("dispatcher.stranger")
def stranger(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("dispatcher.stranger", company=line(facts["company"] or "Naryad")))


@screen("dispatcher.welcome")
def welcome(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(v("dispatcher.welcome", name=line(facts["name"]), company=line(facts["company"] or "Naryad")))


@screen("dispatcher.bound")
def bound(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(
        v("dispatcher.bound.forum" if facts["is_forum"] else "dispatcher.bound.plain", title=line(facts["title"]))
    )


@screen("dispatcher.login")
def login(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The one-time link. Without a public address (`tunnel`) it is told in words: the page opens on the desk's own
    machine, or where ssh brings its port, and Telegram takes no such address behind a button."""
    v = voice(locale, zone)
    text = v("dispatcher.login", minutes=facts["minutes"])
    if facts["tunnel"]:
        return View(paragraphs(text, v("dispatcher.login.here", url=facts["url"], tunnel=facts["tunnel"])))
    return View(text, ((Button(v.plain("dispatcher.login.open"), url=facts["url"]),),))


@screen("dispatcher.language")
def language(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    rows = tuple(
        (Button(("✓ " if code == facts["locale"] else "") + name, "settings.language", extra=code),)
        for code, name in NAMES.items()
    )
    return View(v("dispatcher.language"), rows)
