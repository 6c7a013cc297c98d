"""Why the robot chose so: terms that add up, who was rejected and why, and what would help where nobody fits."""

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from bot.routes import screen
from bot.shared.calendar import day_code
from bot.shared.voice import Html, Voice, line, lines, paragraphs, time_of, voice
from bot.view import Button, View

Facts = dict[str, Any]

SHOWN, GROUPS, NAMES = 3, 8, 3
GIVEABLE = ("overtime", "area", "full", "declined", "no_answer", "taken_away", "vehicle", "tool", "level")
LAST_HOUR = 23


@screen("dispatcher.why")
def why(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{number, revision, job_id, choice: None or {outcome, at, fits, rules, best, rejected, help}}."""
    v = voice(locale, zone)
    choice, close = (
        facts["choice"],
        v.button("dispatcher.button.close", "card.close", facts["number"], facts["revision"]),
    )
    if choice is None:
        return View(v("dispatcher.why.none", number=facts["number"]), ((close,),))
    at = time_of(choice, "at")
    text = paragraphs(
        lines(
            v("dispatcher.why.title", number=facts["number"]),
            v("dispatcher.why.rules", rules=line(v.named(choice["rules"])), at=v.stamp(at) if at else ""),
        ),
        *[_scored(v, place, one) for place, one in enumerate(choice["best"][:SHOWN], 1)],
        v("dispatcher.why.more", n=choice["fits"] - SHOWN) if choice["fits"] > SHOWN else None,
        _rejected(v, choice["rejected"]),
        help_lines(v, choice["help"]),
    )
    return View(text, (*help_buttons(v, choice["help"], facts), (close,)))


def _scored(v: Voice, place: int, one: Facts) -> Html:
    terms = sorted(one["terms"], key=lambda term: -abs(term["minutes"]))
    told = [v("dispatcher.why.term", term=_term(v, term["code"]), minutes=exact(v, term["minutes"], signed=True))
            for term in terms]  # fmt: skip
    return lines(
        v("dispatcher.why.person", place=place, name=line(one["name"])),
        *told,
        v("dispatcher.why.sum", score=exact(v, one["score"])),
    )


def _term(v: Voice, code: str) -> str:
    key = f"dispatcher.term.{code}"
    return v.plain(key) if v.words.has(key) else line(code, 40)


def exact(v: Voice, minutes: float, *, signed: bool = False) -> str:
    """Quarters of a minute are kept, so that a reader can add them up."""
    text = v.words.number(Decimal(f"{abs(minutes):.2f}").normalize())
    return ("−" if minutes < 0 else "+" if signed and minutes > 0 else "") + text


def _rejected(v: Voice, groups: list[Facts]) -> Html | None:
    if not groups:
        return None
    told = []
    for group in groups[:GROUPS]:
        names = ", ".join(line(name, 40) for name in group["names"][:NAMES])
        names += v.plain("dispatcher.why.others", n=group["n"] - NAMES) if group["n"] > NAMES else ""
        told.append(v("dispatcher.why.rejected.line", why=reason(v, group["rule"], group["what"]), names=names))
    return lines(v("dispatcher.assign.rejected"), *told)


def reason(v: Voice, rule: str, what: Any = "") -> str:
    """«нет навыка: Газ»."""
    key = f"dispatcher.reject.{rule}"
    said = v.plain(key if v.words.has(key) else "dispatcher.reject.other", code=line(rule, 40))
    named = line(v.named(what), 40) if what else ""
    return f"{said}: {named}" if named else said


def help_lines(v: Voice, helps: list[Facts]) -> Html | None:
    """What would help, a line each."""
    if not helps:
        return None
    return lines(v("dispatcher.help.title"), *[_help(v, one) for one in helps[:GROUPS]])


def _help(v: Voice, one: Facts) -> Html:
    at = time_of(one, "at") if one.get("at") else None
    said = {"name": line(one.get("name") or ""), "n": one["n"], "what": line(v.named(one.get("what") or ""), 60)}
    key = f"dispatcher.helps.{one['how']}"
    if one["how"] == "contractor" and one["n"]:
        key += ".named"
    return v(key, at=v.stamp(at) if at else "", **said)


def help_buttons(v: Voice, helps: list[Facts], facts: Facts) -> tuple[tuple[Button, ...], ...]:
    """The answers that the desk itself can give: another time, or this person all the same."""
    number, revision, job_id = facts["number"], facts["revision"], facts["job_id"]
    rows: list[tuple[Button, ...]] = []
    for one in helps:
        if one["how"] == "later" and (window := _window(v, datetime.fromisoformat(one["at"]))):
            code, label = window
            rows.append((v.button("dispatcher.helps.button.later", "card.move_to", number, revision, code, at=label),))
        elif one["how"] in GIVEABLE and len(rows) < SHOWN + 1:
            name = line(one["name"], 30)
            key = "dispatcher.helps.button.give"
            rows.append((v.button(key, "card.give", job_id, revision, str(one["id"]), name=name),))
    return tuple(rows)


def _window(v: Voice, at: datetime) -> tuple[str, str] | None:
    """Three hours from the full hour after somebody comes, while the day lasts."""
    local = (at + timedelta(minutes=59)).astimezone(v.zone)
    first, last = local.hour, min(local.hour + 3, LAST_HOUR)
    if first >= last:
        return None
    return f"{day_code(local.date())}-{first:02}{last:02}", f"{v.day(local)}, {first}:00–{last}:00"
