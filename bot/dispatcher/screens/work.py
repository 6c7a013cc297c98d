"""What a dispatcher decides: whom to send, how urgent, when, why not."""

from datetime import date, tzinfo
from typing import Any

from bot.dispatcher.screens.why import reason
from bot.routes import screen
from bot.shared.calendar import day_rows, first_day, window_rows
from bot.shared.orders import URGENCIES, urgency
from bot.shared.voice import Html, Voice, line, lines, paragraphs, voice
from bot.turn import moment
from bot.view import Button, Style, View

Facts = dict[str, Any]

SHOWN = 6
CANCEL_REASONS = ("customer", "duplicate", "mistake", "no_parts")


@screen("dispatcher.assign")
def assign(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The robot's ranking with its reasons: {number, revision, job_id, ranked: [{member_id, name, score, terms}],
    rejected: [{name, reason}], outsiders: there are contractors}."""
    v = voice(locale, zone)
    ranked, rejected = facts["ranked"][:SHOWN], facts["rejected"]
    text = paragraphs(
        lines(v("dispatcher.assign.title", number=facts["number"]), v("dispatcher.assign.rule") if ranked else None),
        lines(*[candidate(v, place, one) for place, one in enumerate(ranked, 1)]) or v("dispatcher.assign.nobody"),
        rejected_lines(v, rejected),
    )
    job_id, revision = facts["job_id"], facts["revision"]

    def give(label: str, one: Facts, style: Style | None = None) -> tuple[Button]:
        return (Button(label, "card.give", job_id, revision, str(one["member_id"]), style=style),)

    buttons = [
        give(f"{place}. {line(one['name'], 40)}", one, "primary" if place == 1 else None)
        for place, one in enumerate(ranked, 1)
    ]
    others = [] if ranked else [give(f"⚠️ {line(one['name'], 40)}", one) for one in rejected[:3]]
    outside = v.button("dispatcher.button.outside", "card.outside", facts["number"], revision, str(job_id))
    return View(text, (*buttons, *others, *(((outside,),) if facts.get("outsiders") else ()), close(v, facts)))


def candidate(v: Voice, place: int, one: Facts) -> Html:
    told = sorted(one["terms"], key=lambda term: -abs(term["minutes"]))[:4]
    reasons = ", ".join(_term(v, term) for term in told if term["minutes"])
    said = {"place": place, "name": line(one["name"]), "score": _minutes(v, one["score"])}
    return v("dispatcher.assign.why", reasons=reasons, **said) if reasons else v("dispatcher.assign.line", **said)


def _term(v: Voice, term: Facts) -> str:
    key = f"dispatcher.term.{term['code']}"
    name = v.plain(key) if v.words.has(key) else line(term["code"], 40)
    return f"{name} {_minutes(v, term['minutes'], signed=True)}"


def _minutes(v: Voice, minutes: float, *, signed: bool = False) -> str:
    rounded = round(minutes)
    sign = "+" if signed and rounded > 0 else "−" if rounded < 0 else ""
    return sign + v.count("dispatcher.minutes", abs(rounded))


def rejected_lines(v: Voice, rejected: list[Facts]) -> Html | None:
    if not rejected:
        return None
    said = [
        v("dispatcher.assign.rejected.line", name=line(one["name"]), why=reason(v, one["reason"], one.get("what")))
        for one in rejected[:8]
    ]
    more = v("dispatcher.assign.rejected.more", n=len(rejected) - 8) if len(rejected) > 8 else None
    return lines(v("dispatcher.assign.rejected"), *said, more)


@screen("dispatcher.priority")
def priority(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    number, revision = facts["number"], facts["revision"]
    rows = [
        (Button(_ticked(code == facts["priority"], urgency(v, code)), "card.priority_set", number, revision, code),)
        for code in URGENCIES
    ]
    return View(v("dispatcher.priority.title", number=facts["number"]), (*rows, close(v, facts)))


def _ticked(chosen: bool, label: str) -> str:
    return f"✓ {label}" if chosen else label


@screen("dispatcher.move")
def move(facts: Facts, locale: str, zone: tzinfo) -> View:
    """A day, then a window: {number, revision, now, shown?: month, day?}."""
    v = voice(locale, zone)
    now = moment(facts["now"])
    assert now is not None
    if facts.get("day"):
        day = date.fromisoformat(facts["day"])
        rows = window_rows(v, "card.move_to", facts["number"], facts["revision"], day, now)
        return View(
            v("dispatcher.move.window", number=facts["number"], day=v.words.date(day, style="day")),
            (*rows, close(v, facts)),
        )
    shown = date.fromisoformat(facts["shown"]) if facts.get("shown") else None
    rows = day_rows(v, "card.move_day", facts["number"], facts["revision"], first_day(now, zone), shown)
    return View(v("dispatcher.move.day", number=facts["number"]), (*rows, close(v, facts)))


@screen("dispatcher.cancel")
def cancel(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Why, by a button or in words; nothing is cancelled by one stray press."""
    v = voice(locale, zone)
    rows = [
        (v.button(f"dispatcher.cancel.{code}", "card.cancel_do", facts["number"], facts["revision"], code),)
        for code in CANCEL_REASONS
    ]  # fmt: skip
    return View(v("dispatcher.cancel.title", number=facts["number"]), (*rows, close(v, facts)))


@screen("dispatcher.fix")
def fix(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Confirm going one step back: {number, revision, job_id, state, name}."""
    v = voice(locale, zone)
    state = v.plain(f"dispatcher.job.{facts['state']}")
    text = v("dispatcher.fix.title", number=facts["number"], name=line(facts["name"]), state=state)
    return View(
        text,
        (
            (v.button("dispatcher.fix.yes", "card.fix_do", facts["job_id"], facts["revision"], style="primary"),),
            close(v, facts),
        ),
    )


@screen("dispatcher.reopen")
def reopen(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    return View(v("dispatcher.reopen.title", number=facts["number"]), (close(v, facts),))


@screen("dispatcher.gone")
def gone(facts: Facts, locale: str, zone: tzinfo) -> View:
    """What a finished question becomes: one line that says what was decided and by whom."""
    v = voice(locale, zone)
    said = {name: line(value, 300) for name, value in facts.get("said", {}).items()}
    if facts["what"] == "moved":
        said = {"window": v.window(moment(said["start"]), moment(said["end"]))}
    return View(v(f"dispatcher.done.{facts['what']}", who=line(facts["who"]), **said), silent=True)


def close(v: Voice, facts: Facts) -> tuple[Button, ...]:
    return (v.button("dispatcher.button.close", "card.close", facts["number"], facts["revision"]),)
