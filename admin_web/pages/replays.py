"""A changed rule set tried on the past: what is asked, how far it is counted, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from admin_web.filters import signed
from admin_web.forms import Typed, row_of, typed
from admin_web.page import act, actor_of, back, page, render, said
from admin_web.ruleset_form import differences, rules_typed
from core.dispatch import settle
from core.dispatch.queries import called
from core.dispatch.rulesets import Rules
from core.kernel.words import Words
from core.replay import actions
from core.replay.queries import ReplayView, replay, replays
from core.replay.rules import AFTER, BEFORE, SIDES

REPLAYS = "/admin/settings/replays"
WIDE = 100.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A line of the comparison: of each side the words and the bar (0 to 100). `change` is what the new rules do to it,
    `tone` whether that is good, bad or neither."""

    key: str
    values: tuple[str, ...]
    bars: tuple[float, ...]
    change: str
    tone: str


@page("GET", REPLAYS, permission="company.edit")
async def listed(request: web.Request) -> web.Response:
    return await render(request, "admin/replays.html", replays=await replays(actor_of(request)))


@page("POST", REPLAYS, permission="company.edit")
async def begin(request: web.Request) -> web.Response:
    """Replay by what stands in the form of the rule set now, kept or not."""
    values = await typed(request)
    first, last = values.day("first"), values.day("last")
    code = values.text("code", 32) or actions.DRAFT
    async with act(request):
        made = await actions.start(first, last, code, values.row("before"), _draft(values, code),
                                   values.row("rota"), values.rows("member"))  # fmt: skip
    return back(request, f"{REPLAYS}/{made}")


def _draft(values: Typed, code: str) -> Rules:
    """A rule set that has no name yet may be tried all the same."""
    named = bool(values.text("name.ru", 100) or values.text("name.en", 100))
    return rules_typed(values, code, tried=not named)


@page("GET", REPLAYS + r"/{id:\d+}", permission="company.edit")
async def shown(request: web.Request) -> web.Response:
    one, t = await replay(actor_of(request), row_of(request)), said(request)
    apart = differences(one.before, one.after, t, await settle.may_decide()) if one.before else []
    found = one.result if one.state == "ready" and one.result["jobs"] else None
    return await render(
        request,
        "admin/replay.html",
        one=one,
        apart=apart,
        measures=_measures(found["sides"], t) if found else (),
        loads=_loads(found, t) if found else (),
        rows=[_row(row, one) for row in found["rows"]] if found else (),
        called=await called() if found else {},
    )


@page("POST", REPLAYS + r"/{id:\d+}/stop", permission="company.edit")
async def stop(request: web.Request) -> web.Response:
    async with act(request):
        await actions.stop(row_of(request))
    return back(request, f"{REPLAYS}/{row_of(request)}", note="replay.stopped")


def _measures(sides: dict[str, Any], t: Words) -> list[Measure]:
    return [
        _measure("sla", sides, t, good=1),
        _measure("reach", sides, t, good=-1),
        _measure("km", sides, t, good=-1),
        _measure("travel", sides, t, good=-1),
        _measure("overtime", sides, t, good=-1),
        _measure("spread", sides, t, good=-1),
        _measure("visits", sides, t, good=1),
        _measure("nobody", sides, t, good=-1),
        _measure("left", sides, t, good=-1),
    ]


def _measure(key: str, sides: dict[str, Any], t: Words, good: int) -> Measure:
    values = [sides[side][key] for side in SIDES]
    most = WIDE if key == "sla" else max((value or 0 for value in values), default=0)
    bars = tuple(round(WIDE * (value or 0) / most, 1) if most else 0.0 for value in values)
    was, becomes = values[1:]
    words = tuple(_told(key, side, t) for side in (sides[name] for name in SIDES))
    if was is None or becomes is None:
        return Measure(key, words, bars, "", "")
    change = round(becomes - was, 1)
    tone = "" if not change else "good" if change * good > 0 else "bad"
    return Measure(key, words, bars, _change(key, change, t), tone)


def _told(key: str, side: dict[str, Any], t: Words) -> str:
    value = side[key]
    if key == "sla":
        if value is None:
            return t.text("replay.no_promise")
        return t.text("replay.sla.of", share=t.number(round(value, 1)), met=side["met"], due=side["due"])
    if key in ("reach", "travel", "overtime", "spread"):
        return _lasts(value, t)
    return t.text("replay.km", n=t.number(value)) if key == "km" else t.number(value)


def _lasts(minutes: int, t: Words) -> str:
    """Hours, not days: a load of 26 hours is not «1 day 2 h»."""
    if not minutes:
        return t.text("replay.minutes", n=0)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return t.text("replay.minutes", n=rest)
    return t.text("replay.hours", n=t.number(hours)) + (f" {t.text('replay.minutes', n=rest)}" if rest else "")


def _change(key: str, change: float, t: Words) -> str:
    if not change:
        return t.text("replay.same")
    sign = "+" if change > 0 else "−"
    if key in ("reach", "travel", "overtime", "spread"):
        return sign + _lasts(round(abs(change)), t)
    if key == "sla":
        return t.text("replay.points", n=signed(change, t))
    return t.text("replay.km", n=signed(change, t)) if key == "km" else signed(change, t)


def _loads(found: dict[str, Any], t: Words) -> list[tuple[str, str, list[tuple[str, str, float]]]]:
    """Of each technician, the busiest by the new rules first: id, name, and of each side its name, the words and the
    bar."""
    loads = {side: found["sides"][side]["load"] for side in SIDES}
    most = max((minutes for load in loads.values() for minutes in load.values()), default=0) or 1
    people = sorted({one for load in loads.values() for one in load}, key=lambda one: -loads[AFTER].get(one, 0))
    return [
        (
            one,
            found["people"].get(one, ""),
            [
                (side, _lasts(loads[side].get(one, 0), t), round(WIDE * loads[side].get(one, 0) / most, 1))
                for side in SIDES
            ],
        )
        for one in people
    ]


def _row(row: dict[str, Any], one: ReplayView) -> dict[str, Any]:
    """An order that changes hands: `sides` by name with who and when, `why`: how the new rules judged both."""
    people = one.result["people"]
    sides = {}
    for side in SIDES:
        had = row[side]
        sides[side] = {
            "id": had["member"],
            "name": people.get(str(had["member"]), ""),
            "at": _moment(had["start"]),
            "late": had["start"] is not None and row["due"] is not None and had["start"] > row["due"],
        }
    return {**row, "sides": sides, "why": {side: _why(row[side], people) for side in (BEFORE, AFTER)}}


def _why(told: dict[str, Any], people: dict[str, str]) -> list[dict[str, Any]]:
    """The chosen one, then whom the other rules chose: name, score, terms, or why this side rejected them."""
    judged = []
    if told["member"] is not None:
        judged.append({"name": people.get(str(told["member"]), ""), "score": told["score"], "rejected": None,
                       "detail": "", "terms": _largest_first(told["terms"])})  # fmt: skip
    if rival := told["rival"]:
        judged.append({**rival, "terms": _largest_first(rival["terms"])})
    return judged


def _largest_first(terms: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(terms, key=lambda term: -abs(term["minutes"]))


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
