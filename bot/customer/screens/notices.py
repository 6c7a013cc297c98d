"""What the customer is told without asking: who comes, when, and what came of it."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.voice import MESSAGE, Html, Voice, clean, line, lines, paragraphs, time_of, voice
from bot.view import Button, Media, Place, View
from core.overview.jobs import shown_job

Facts = dict[str, Any]


def _job(facts: Facts) -> Facts:
    return facts.get("job") or shown_job(told.order_of(facts)) or {}


def _name(facts: Facts) -> str:
    return line((_job(facts).get("assignee") or {}).get("name") or "—")


def _open(v: Voice, number: int) -> tuple[Button, ...]:
    return (v.button("customer.orders.one", "order.open", number, number=number),
            v.button("customer.order.chat", "order.chat", number))  # fmt: skip


@screen("customer.assigned")
def assigned(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number, job = voice(locale, zone), told.number_of(facts), _job(facts)
    start = time_of(job, "planned_from")
    when = v("customer.assigned.when", window=v.window(start, time_of(job, "planned_to"))) if start else None
    rating = (job.get("assignee") or {}).get("rating")
    stars = v("customer.assigned.rating", rating=v.words.number(round(rating, 1))) if rating else None
    text = lines(v("customer.assigned", number=number, name=_name(facts)), stars, when)
    return View(text, rows=(_open(v, number),))


@screen("customer.on_the_way")
def on_the_way(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number, eta = voice(locale, zone), told.number_of(facts), time_of(_job(facts), "eta_at")
    text = v("customer.on_the_way", number=number, name=_name(facts))
    arrival = v("customer.on_the_way.eta", at=v.clock(eta), left=v.left(eta)) if eta else None
    phone = (_job(facts).get("assignee") or {}).get("phone") or ""
    call = v("customer.on_the_way.phone", phone=v.words.phone(phone)) if phone else None
    return View(lines(text, arrival, call), rows=(_open(v, number),))


@screen("customer.eta")
def eta(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, at = voice(locale, zone), time_of(_job(facts), "eta_at")
    if at is None:
        return View(v("customer.eta.unknown", name=_name(facts)))
    return View(v("customer.eta", name=_name(facts), at=v.clock(at), left=v.left(at)))


@screen("customer.arrived")
def arrived(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("customer.arrived", name=_name(facts), number=told.number_of(facts)))


@screen("customer.finished")
def finished(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number, job = voice(locale, zone), told.number_of(facts), _job(facts)
    outcome = job.get("outcome") or "done"
    comment = clean(job.get("comment") or "", 500)
    word = Html(f"<blockquote>{v('shared.as_is', text=comment)}</blockquote>") if comment else None
    return View(
        paragraphs(v(f"customer.finished.{outcome}", number=number, name=_name(facts)), word), rows=(_open(v, number),)
    )


@screen("customer.cancelled")
def cancelled(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), told.number_of(facts)
    reason = line(facts.get("reason") or told.order_of(facts).get("cancel_reason") or "", 300)
    text = lines(
        v("customer.cancelled", number=number), v("customer.cancelled.reason", reason=reason) if reason else None
    )
    return View(text, rows=((v.button("customer.order.reopen", "order.reopen", number),),))


@screen("customer.rescheduled")
def rescheduled(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, it = voice(locale, zone), told.order_of(facts)
    job = _job(facts)
    start = time_of(job, "planned_from") or time_of(it, "wanted_from")
    end = time_of(job, "planned_to") or time_of(it, "wanted_to")
    reason = line(facts.get("reason") or "", 300)
    text = v("customer.rescheduled", number=it["number"], window=v.window(start, end))
    return View(
        lines(text, v("customer.cancelled.reason", reason=reason) if reason else None), rows=(_open(v, it["number"]),)
    )


@screen("customer.reopened")
def reopened(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), told.number_of(facts)
    return View(v("customer.reopened", number=number), rows=(_open(v, number),))


@screen("customer.merged")
def merged(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The same trouble was known already: under which number it goes on."""
    v = voice(locale, zone)
    return View(v("customer.merged", number=told.number_of(facts), into=facts["into"]))


@screen("customer.unmerged")
def unmerged(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), told.number_of(facts)
    return View(v("customer.unmerged", number=number, into=facts["out_of"]), rows=(_open(v, number),))


@screen("customer.live")
def live(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The technician on the map; 0 seconds stops the point where it is. A map has no words."""
    return View(place=Place(facts.get("lat") or 0.0, facts.get("lon") or 0.0, facts.get("live")), silent=True)


@screen("customer.message")
def message(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), facts["order_number"]
    head = v("customer.message", number=number, who=line(facts.get("who") or "—"))
    text = clean(facts.get("text") or "", MESSAGE)
    file = facts.get("file")
    media = (Media(file["id"], file["kind"]),) if file else ()
    said = v("shared.as_is", text=text) if text else None
    return View(lines(head, said), media=media, rows=((v.button("customer.message.answer", "order.chat", number),),))


@screen("customer.received")
def received(facts: Facts, locale: str, zone: tzinfo) -> View:
    """For whoever has no card: that we have it, in their own words."""
    v, it = voice(locale, zone), told.order_of(facts)
    promised = time_of(it, "promised_at")
    text = paragraphs(
        v("customer.received", number=it["number"]),
        told.words_of(it, 300) if it.get("words") else None,
        lines(told.where(v, it), v("customer.received.promised", at=v.stamp(promised)) if promised else None),
    )
    return View(text, rows=(_open(v, it["number"]),))
