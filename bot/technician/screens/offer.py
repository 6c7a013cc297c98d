"""The offer: what, where, how far, when, for how much, and how long there is to decide."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.reasons import DECLINE
from bot.shared.voice import Html, Voice, line, lines, paragraphs, time_of, voice
from bot.view import Button, View

Facts = dict[str, Any]


@screen("technician.offer")
def offer(facts: Facts, locale: str, zone: tzinfo) -> View:
    """While it is open it can be taken or declined; afterwards the text says what happened and the buttons are gone."""
    v, asked = voice(locale, zone), facts["offer"]
    number, state = asked["id"], asked.get("state") or "open"
    head = told.header(v, facts)
    if state != "open":
        return View(lines(head, v(f"technician.offer.{state}"), _short(facts)))
    expires = time_of(asked, "expires_at")
    text = paragraphs(
        lines(v("technician.offer"), head),
        told.title_of(v, facts["job"]),
        told.words_of(facts, 400) if facts.get("words") else None,
        lines(
            told.where(v, facts),
            told.assets(v, facts),
            v("technician.offer.distance", distance=v.words.distance(asked["distance_km"] * 1000))
            if asked.get("distance_km") is not None
            else None,
            _when(v, facts),
            told.attachments(v, facts.get("files")),
            _earned(v, asked),
        ),
        v("technician.offer.until", left=v.relative(expires)) if expires else None,
    )
    rows = (
        (v.button("technician.offer.accept", "offer.accept", number, style="success"),),
        (v.button("technician.offer.decline", "offer.decline", number),),
    )
    return View(text, rows=rows)


@screen("technician.offer.reminder")
def reminder(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Under the offer, whose buttons answer it."""
    v, expires = voice(locale, zone), time_of(facts["offer"], "expires_at")
    return View(
        lines(
            v("technician.offer.reminder"),
            told.header(v, facts),
            v("technician.offer.until", left=v.relative(expires)) if expires else None,
        )
    )


def _earned(v: Voice, asked: Facts) -> Html | None:
    """What the time on site brings, or what a contractor is offered."""
    if not asked.get("pay"):
        return None
    if asked.get("outside"):
        return v("technician.offer.fee", fee=v.money(asked["pay"]))
    return v("technician.offer.pay", pay=v.money(asked["pay"]))


def _short(facts: Facts) -> str:
    return Html(told.words_of({"words": line(facts.get("summary") or "—", 120)}))


def _when(v: Voice, facts: Facts) -> Html:
    job = facts.get("job") or {}
    start = time_of(job, "planned_from") or time_of(facts, "wanted_from")
    end = time_of(job, "planned_to") or time_of(facts, "wanted_to")
    return v("technician.when", window=v.window(start, end))


@screen("technician.decline")
def decline(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), facts["offer_id"]
    rows = [(v.button(f"shared.reason.decline.{code}", "offer.decline", number, extra=code),) for code in DECLINE]
    rows.append((v.button("shared.reason.other", "offer.decline", number, extra="other"),))
    rows.append((v.button("technician.offer.keep", "offer.keep", number),))
    return View(v("technician.decline"), rows=tuple(rows))


@screen("technician.decline.own")
def decline_own(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, note = voice(locale, zone), facts.get("note")
    text = paragraphs(v(f"shared.reason.{note}") if note else None, v("technician.decline.own"))
    back: tuple[Button, ...] = (v.button("technician.offer.keep", "offer.keep", facts["offer_id"]),)
    return View(text, rows=(back,))


@screen("technician.declined")
def declined(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("technician.declined", reason=line(facts["reason"], 300)))


@screen("technician.offer.kept")
def kept(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("technician.offer.kept"))
