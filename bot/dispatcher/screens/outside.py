"""Contractors for a job: who fits and why, and one of them with the sum."""

from datetime import tzinfo
from typing import Any

from bot.dispatcher.screens.why import reason
from bot.dispatcher.screens.work import candidate, close
from bot.routes import screen
from bot.shared.voice import Html, Voice, line, lines, paragraphs, voice
from bot.view import Button, View

Facts = dict[str, Any]

SHOWN, UNFIT = 6, 4


@screen("dispatcher.outside")
def outside(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{number, revision, job_id, people: [{member_id, name, firm, phone, by_bot, asked, fee, score, terms, reason,
    what}]}."""
    v = voice(locale, zone)
    fit = [one for one in facts["people"] if not one["reason"]][:SHOWN]
    unfit = [one for one in facts["people"] if one["reason"]]
    text = paragraphs(
        lines(v("dispatcher.outside.title", number=facts["number"]), v("dispatcher.assign.rule") if fit else None),
        lines(*[_fits(v, place, one) for place, one in enumerate(fit, 1)]) or v("dispatcher.outside.nobody"),
        lines(v("dispatcher.assign.rejected"), *[_unfit(v, one) for one in unfit[:UNFIT]]) if unfit else None,
    )
    rows = [_open(facts, one, f"{place}. ") for place, one in enumerate(fit, 1)]
    rows += [_open(facts, one, "⚠️ ") for one in unfit[:UNFIT]]
    return View(text, (*rows, close(v, facts)))


def _open(facts: Facts, one: Facts, mark: str) -> tuple[Button, ...]:
    label = f"{mark}{line(one['name'], 40)}"
    return (Button(label, "card.outside_one", facts["job_id"], facts["revision"], str(one["member_id"])),)


def _fits(v: Voice, place: int, one: Facts) -> Html:
    return lines(candidate(v, place, one), _about(v, one))


def _unfit(v: Voice, one: Facts) -> Html:
    return v("dispatcher.assign.rejected.line", name=line(one["name"]), why=reason(v, one["reason"], one["what"]))


def _about(v: Voice, one: Facts) -> Html | None:
    """Whose they are, what was asked of them already, and how they are reached."""
    told = [v("dispatcher.outside.firm", firm=line(one["firm"], 60))] if one["firm"] else []
    if one["asked"]:
        key = "dispatcher.outside.asked" if one["fee"] is None else "dispatcher.outside.asked_for"
        told.append(v(key, **({} if one["fee"] is None else {"fee": v.money(one["fee"])})))
    elif not one["by_bot"]:
        told.append(v("dispatcher.outside.by_phone", phone=v.words.phone(one["phone"]) if one["phone"] else "—"))
    return Html(" · ".join(told)) if told else None


@screen("dispatcher.outside.one")
def one_outside(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{number, revision, job_id, person, fee, free}: `free`: nobody has the job, so that somebody can be asked."""
    v, person, fee = voice(locale, zone), facts["person"], facts["fee"]
    why = v("dispatcher.outside.unfit", why=reason(v, person["reason"], person["what"])) if person["reason"] else None
    text = paragraphs(
        lines(
            v("dispatcher.outside.one", number=facts["number"], name=line(person["name"])),
            _about(v, person),
            why,
        ),
        v("dispatcher.outside.fee", fee=v.money(fee)) if fee else v("dispatcher.outside.no_fee"),
        v("dispatcher.outside.type"),
    )
    job_id, revision, extra = facts["job_id"], facts["revision"], f"{person['member_id']}={fee or ''}"
    rows: list[tuple[Button, ...]] = []
    if facts["free"] and person["by_bot"] and not person["asked"]:
        rows.append((v.button("dispatcher.outside.ask", "card.outside_ask", job_id, revision, extra, style="primary"),))
    rows.append((v.button("dispatcher.outside.give", "card.outside_give", job_id, revision, extra),))
    back = v.button("dispatcher.outside.back", "card.outside", facts["number"], revision, str(job_id))
    return View(text, (*rows, (back, *close(v, facts))))
