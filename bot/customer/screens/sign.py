"""The act and the stars."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.reasons import REFUSE
from bot.shared.voice import Html, Voice, clean, line, lines, paragraphs, voice
from bot.view import Button, Media, View

Facts = dict[str, Any]
MARKS = ("speed", "accuracy", "communication")


@screen("customer.sign")
def sign(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The act to agree with. Once it is signed or replaced its buttons are gone."""
    v, paper = voice(locale, zone), facts["document"]
    number = told.number_of(facts)
    state = paper.get("state") or "ready"
    media = (Media(paper["file_id"], "document"),) if paper.get("file_id") else ()
    head = v("customer.sign", number=number, act=paper["number"], total=v.money(paper["total"]))
    if state == "signed":
        return View(lines(head, v("customer.sign.signed")), media=media)
    if state == "replaced":
        return View(lines(head, v("customer.sign.replaced")))
    if state == "refused":
        return View(lines(head, v("customer.sign.refused")), media=media)
    name = line((told.order_of(facts).get("contact") or {}).get("name") or "")
    who = v("customer.sign.who", name=name) if name else None
    rows = (
        (v.button("customer.sign.ok", "sign.ok", paper["id"], paper.get("version", 1), style="success"),),
        (v.button("customer.sign.no", "sign.no", paper["id"], paper.get("version", 1)),),
    )
    return View(paragraphs(head, v("customer.sign.ask"), who), media=media, rows=rows)


@screen("customer.refuse")
def refuse(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, document = voice(locale, zone), facts["document_id"]
    rows = [(v.button(f"shared.reason.refuse.{code}", "sign.no", document, extra=code),) for code in REFUSE]
    rows.append((v.button("shared.reason.other", "sign.no", document, extra="other"),))
    return View(v("customer.refuse", act=facts["number"]), rows=tuple(rows))


@screen("customer.refuse.own")
def refuse_own(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, note = voice(locale, zone), facts.get("note")
    return View(paragraphs(v(f"shared.reason.{note}") if note else None, v("customer.refuse.own", act=facts["number"])))


@screen("customer.refused")
def refused(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(v("customer.refused", act=facts["number"], reason=line(facts["reason"], 300)))


@screen("customer.act")
def act(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The signed paper, for keeps."""
    v, paper = voice(locale, zone), facts["document"]
    media = (Media(paper["file_id"], "document"),) if paper.get("file_id") else ()
    return View(v("customer.act", act=paper["number"], number=told.number_of(facts)), media=media)


@screen("customer.rate")
def rate(facts: Facts, locale: str, zone: tzinfo) -> View:
    """One mark at a time; those given stand above and can be corrected. `asking` overrides which is asked."""
    v, number = voice(locale, zone), told.number_of(facts)
    rating = facts.get("rating") or told.order_of(facts).get("rating") or {}
    asking = facts.get("asking") or next((mark for mark in MARKS if not rating.get(mark)), None)
    given = lines(*(_stars(v, mark, rating[mark]) for mark in MARKS if rating.get(mark)))
    comment = clean(rating.get("comment") or "", 500)
    if asking:
        hello = v("customer.rate", number=number) if not given else None
        stars = tuple(Button(f"{n} ⭐", f"rate.{asking}", number, extra=str(n)) for n in range(1, 6))
        question = v(f"customer.rate.{asking}")
        return View(paragraphs(hello, given or None, question), rows=(stars,))
    again = [v.button(f"customer.rate.again.{mark}", "rate.again", number, extra=mark) for mark in MARKS]
    rows: list[tuple[Button, ...]] = [tuple(again[:2]), tuple(again[2:])]
    if comment or facts.get("over"):
        word: Html | None = v("customer.rate.done")
    else:
        word = v("customer.rate.comment")
        rows.insert(0, (v.button("customer.rate.no_comment", "rate.done", number),))
    quote = Html(f"<blockquote>{v('shared.as_is', text=comment)}</blockquote>") if comment else None
    return View(paragraphs(given, quote, word), rows=tuple(rows))


def _stars(v: Voice, mark: str, given: int) -> Html:
    return v("customer.rate.given", mark=v.plain(f"customer.rate.name.{mark}"), stars="★" * given + "☆" * (5 - given))


@screen("customer.rate.thanks")
def thanks(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("customer.rate.thanks"))


@screen("customer.rate.text_only")
def text_only(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    rows = ((v.button("customer.order.chat", "order.chat", facts["number"]),),)
    return View(v("customer.rate.text_only"), rows=rows)


@screen("customer.rate.long")
def rate_long(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(v("shared.too_long", limit=v.words.number(facts["limit"])))
