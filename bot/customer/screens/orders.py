"""The customer's orders: the card that is kept current, the list, and what may be changed."""

from datetime import date, datetime, tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.calendar import day_rows, first_day, read_day, window_rows
from bot.shared.reasons import CANCEL, REOPEN
from bot.shared.voice import Html, Voice, line, lines, paragraphs, time_of, voice
from bot.turn import moment
from bot.view import Button, Media, View
from core.overview.jobs import shown_job

Facts = dict[str, Any]
Rows = tuple[tuple[Button, ...], ...]
CARD = "+"
"""What the card's own buttons carry: what they open gets a message of its own, for events redraw the card."""
AWAY = "away"
"""Back to the order from a question on the way, whose message goes."""
MOVABLE = frozenset({"new", "offered", "assigned", "paused"})
CANCELLABLE = frozenset({"new", "offered", "assigned", "paused", "travelling"})


@screen("customer.order")
def order(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The status card, kept current by every event."""
    v, it = voice(locale, zone), told.order_of(facts)
    text = paragraphs(
        lines(told.header(v, it), told.progress(v, it["state"])),
        _what_now(v, it),
        lines(told.where(v, it), told.assets(v, it), _time(v, it), told.attachments(v, it.get("files"))),
        told.words_of(it, 300) if it.get("words") else None,
    )
    return View(text, rows=_order_rows(v, it))


def _what_now(v: Voice, it: Facts) -> Html:
    """One sentence: what happens now and when."""
    state, job = it["state"], shown_job(it) or {}
    name = line((job.get("assignee") or {}).get("name") or "")
    if it.get("merged_into"):
        return v("customer.order.now.merged", number=it["merged_into"])
    if state == "cancelled":
        return v("customer.order.now.cancelled", reason=line(it.get("cancel_reason") or "—", 300))
    if state in ("new", "offered"):
        promised = time_of(it, "promised_at")
        return v("customer.order.now.promised", at=v.stamp(promised)) if promised else v("customer.order.now.new")
    if state == "travelling":
        eta = time_of(job, "eta_at")
        if eta:
            return v("customer.order.now.eta", name=name, at=v.clock(eta), left=v.left(eta))
        return v("customer.order.now.travelling", name=name)
    if state == "assigned":
        start = time_of(job, "planned_from")
        if start:
            return v("customer.order.now.planned", name=name, window=v.window(start, time_of(job, "planned_to")))
    key = f"customer.order.now.{state}"
    return v(key, name=name) if state in ("assigned", "on_site", "paused") else v(key)


def _time(v: Voice, it: Facts) -> Html | None:
    return told.wanted(v, it) if it["state"] not in told.OVER else None


def _order_rows(v: Voice, it: Facts) -> Rows:
    number, revision, state = it["number"], it.get("revision", 0), it["state"]
    rows: list[tuple[Button, ...]] = [(v.button("customer.order.chat", "order.chat", number, revision),)]
    waiting = [d for d in it.get("documents") or [] if d["state"] == "ready"]
    if waiting:
        paper = waiting[-1]
        sign = v.button("customer.sign.ok", "sign.ok", paper["id"], paper["version"], style="success")
        rows.insert(0, (sign, v.button("customer.sign.no", "sign.no", paper["id"], paper["version"])))
    changes = []
    if state in MOVABLE:
        changes.append(v.button("customer.order.move", "order.move", number, revision, CARD))
    if state in CANCELLABLE:
        changes.append(v.button("customer.order.cancel", "order.cancel", number, revision, CARD))
    if state in told.OVER and not it.get("merged_into"):
        changes.append(v.button("customer.order.reopen", "order.reopen", number, revision, CARD))
    if any(d.get("file_id") for d in it.get("documents") or []):
        changes.append(v.button("customer.order.docs", "order.docs", number, revision))
    return (*rows, tuple(changes)) if changes else tuple(rows)


@screen("customer.orders")
def orders(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Five orders a page, each in three lines, each with its button."""
    v, found, open_only = voice(locale, zone), facts["orders"], facts["open"]
    kind = "open" if open_only else "all"
    if not found:
        text: Html = v(f"customer.orders.none.{kind}")
    else:
        text = paragraphs(v(f"customer.orders.{kind}"), *(_brief(v, it) for it in found))
    buttons = [v.button("customer.orders.one", "order.open", it["number"], number=it["number"]) for it in found]
    rows: list[tuple[Button, ...]] = [tuple(buttons[n : n + 3]) for n in range(0, len(buttons), 3)]
    if facts.get("more"):
        rows.append((v.button("customer.orders.more", "orders.list", extra=f"{kind}.{found[-1]['number']}"),))
    other = "all" if open_only else "open"
    rows.append((v.button(f"customer.orders.show.{other}", "orders.list", extra=other),))
    return View(text, rows=tuple(rows))


def _brief(v: Voice, it: Facts) -> Html:
    summary = line(it.get("summary") or "", 70) or v.plain("shared.no_words")
    site = line((it.get("site") or {}).get("name") or it.get("address") or "", 60)
    what = v("customer.orders.what", number=it["number"], summary=summary)
    return lines(what, v("shared.where.one", place=site) if site else None, told.bar(v, it["state"]))


@screen("customer.cancel")
def cancel(facts: Facts, locale: str, zone: tzinfo) -> View:
    return _reasons(voice(locale, zone), facts, "cancel", CANCEL)


@screen("customer.reopen")
def reopen(facts: Facts, locale: str, zone: tzinfo) -> View:
    return _reasons(voice(locale, zone), facts, "reopen", REOPEN)


def _reasons(v: Voice, facts: Facts, verb: str, codes: tuple[str, ...]) -> View:
    it = told.order_of(facts)
    number, revision = it["number"], it.get("revision", 0)
    rows = [(v.button(f"shared.reason.{verb}.{code}", f"order.{verb}", number, revision, code),) for code in codes]
    rows.append((v.button("shared.reason.other", f"order.{verb}", number, revision, "other"),))
    rows.append((v.button(f"customer.{verb}.no", "order.open", number, revision, AWAY),))
    return View(v(f"customer.{verb}", number=number), rows=tuple(rows))


@screen("customer.reason.own")
def own_reason(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), facts["number"]
    note = facts.get("note")
    text = paragraphs(v(f"shared.reason.{note}") if note else None, v(f"customer.{facts['verb']}.own", number=number))
    return View(text, rows=((v.button("shared.back", "order.open", number, extra=AWAY),),))


@screen("customer.move")
def move(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, it = voice(locale, zone), told.order_of(facts)
    number, revision = it["number"], it.get("revision", 0)
    rows = day_rows(
        v, "order.move", number, revision, first_day(_now(facts, zone), zone), read_day(facts.get("day") or "")
    )
    soon = v.button("customer.new.when.soon", "order.move", number, revision, "soon")
    back = v.button("shared.back", "order.open", number, revision, AWAY)
    return View(paragraphs(v("customer.move", number=number), told.wanted(v, it)), rows=((soon,), *rows, (back,)))


@screen("customer.move.window")
def move_window(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, it = voice(locale, zone), told.order_of(facts)
    number, revision = it["number"], it.get("revision", 0)
    chosen: date = read_day(facts["day"]) or _now(facts, zone).date()
    rows = window_rows(v, "order.move", number, revision, chosen, _now(facts, zone))
    back = v.button("shared.back", "order.move", number, revision)
    return View(v("customer.new.window", day=v.words.date(chosen, style="day")), rows=(*rows, (back,)))


def _now(facts: Facts, zone: tzinfo) -> datetime:
    found = moment(facts["now"])
    assert found is not None
    return found.astimezone(zone)


@screen("customer.document")
def document(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(v("customer.document", number=facts["number"]), media=(Media(facts["file_id"], "document"),))


@screen("customer.chat")
def chat(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    rows = ((v.button("customer.chat.leave", "chat.leave"),),)
    return View(v("customer.chat", number=facts["number"]), rows=rows, placeholder=v.plain("customer.chat.placeholder"))


@screen("customer.chat.left")
def chat_left(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("customer.chat.left"))


@screen("customer.chat.joined")
def chat_joined(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), facts["number"]
    rows = ((v.button("customer.orders.one", "order.open", number, number=number),),)
    return View(v("customer.chat.joined", number=number), rows=rows)


@screen("customer.chat.long")
def chat_long(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(v("shared.too_long", limit=v.words.number(facts["limit"])))


@screen("customer.chat.unreadable")
def chat_unreadable(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("shared.unreadable"))
