"""The first minute, settings, help."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.languages import language_row
from bot.shared.voice import Voice, line, paragraphs, time_of, voice
from bot.view import Button, View

Facts = dict[str, Any]
Keyboard = tuple[tuple[Button, ...], ...]


def keyboard(v: Voice) -> Keyboard:
    """The customer's big buttons."""
    return (
        (Button(v.plain("customer.menu.new"), style="primary"),),
        (Button(v.plain("customer.menu.orders")), Button(v.plain("customer.menu.settings"))),
    )


@screen("customer.consent")
def consent(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    legal = line(facts.get("legal_name") or facts.get("company") or "—", 200)
    note = facts.get("note")
    ask = v("customer.consent", company=line(facts.get("company") or "—"), legal_name=legal)
    text = paragraphs(ask, v(f"customer.consent.{note}") if note else None)
    agree = v.button("customer.consent.yes", "consent.yes", style="primary")
    return View(text, rows=((agree,), language_row("consent.language", locale)))


@screen("customer.consented")
def consented(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    at = time_of(facts, "at")
    return View(v("customer.consented", at=v.stamp(at) if at else ""))


@screen("customer.phone")
def phone(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    note = facts.get("note")
    text = paragraphs(v(f"customer.phone.{note}") if note else None, v("customer.phone"))
    ask = Button(v.plain("customer.phone.share"), ask="contact", style="primary")
    return View(text, keyboard=((ask,),), placeholder=v.plain("customer.phone.placeholder"))


@screen("customer.stranger")
def stranger(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    company, number = line(facts.get("company") or "—"), facts.get("phone") or ""
    text = paragraphs(
        v("customer.stranger", company=company), v("customer.call", phone=v.words.phone(number)) if number else None
    )
    return View(text, keyboard=())


@screen("customer.welcome")
def welcome(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    note = v("customer.welcome.bad_invite") if facts.get("note") == "bad_invite" else None
    name, company = line(facts.get("name") or ""), line(facts.get("company") or "—")
    hello = v("customer.welcome", name=name, company=company)
    return View(paragraphs(note, hello), keyboard=keyboard(v), placeholder=v.plain("customer.placeholder"))


@screen("customer.menu")
def menu(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    key = "customer.menu.kept" if facts.get("draft") else "customer.menu"
    return View(v(key), keyboard=keyboard(v), placeholder=v.plain("customer.placeholder"))


@screen("customer.settings")
def settings(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    text = v("customer.settings", name=line(facts.get("name") or "—"))
    withdraw = v.button("customer.settings.withdraw", "consent.withdraw")
    return View(text, rows=(language_row("settings.language", locale), (withdraw,)))


@screen("customer.withdraw")
def withdraw(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    yes = v.button("customer.withdraw.yes", "consent.withdraw", extra="yes", style="danger")
    return View(v("customer.withdraw"), rows=((yes,), (v.button("customer.withdraw.no", "settings.language"),)))


@screen("customer.withdrawn")
def withdrawn(facts: Facts, locale: str, zone: tzinfo) -> View:
    return View(voice(locale, zone)("customer.withdrawn"))


@screen("customer.help")
def help_me(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    number = facts.get("phone") or ""
    call = v("customer.call", phone=v.words.phone(number)) if number else None
    return View(paragraphs(v("customer.help", company=line(facts.get("company") or "—")), call))


@screen("customer.proof")
def proof(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Whether a paper in someone's hands is ours."""
    v = voice(locale, zone)
    if not facts.get("genuine"):
        return View(v("customer.proof.false"))
    at = time_of(facts, "signed_at")
    signed = v("customer.proof.signed", at=v.stamp(at), name=line(facts.get("signed_by") or "—")) if at else None
    total = v.money(facts["total"])
    text = v("customer.proof", number=facts["number"], total=total, digest=facts["digest"])
    return View(paragraphs(text, signed or v("customer.proof.unsigned")))
