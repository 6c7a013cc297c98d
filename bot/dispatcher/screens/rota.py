"""Days off and swaps of shifts that wait for a decision."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.rota import days, exchange, period
from bot.shared.voice import Html, Voice, clean, line, lines, paragraphs, time_of, voice
from bot.view import Button, View

Facts = dict[str, Any]
SHOWN = 10


@screen("dispatcher.absence")
def absence(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{id, state, kind, who, first_day, last_day, note, jobs: [{number, at}], shifts, duties}."""
    v = voice(locale, zone)
    when = period(v, facts["first_day"], facts["last_day"])
    text = paragraphs(
        lines(
            v(f"dispatcher.absence.{facts['state']}", who=line(facts["who"])),
            v("dispatcher.absence.when", kind=v.plain(f"shared.absence.{facts['kind']}"), when=when,
              days=days(v, facts["first_day"], facts["last_day"])),
        ),
        v.words.html("dispatcher.quote", text=clean(facts["note"], 300)) if facts["note"] else None,
        _affected(v, facts) if facts["state"] in ("asked", "approved") else None,
    )  # fmt: skip
    return View(text, _decision(v, "absence", facts, facts["state"] == "asked"))


def _affected(v: Voice, facts: Facts) -> Html:
    jobs = facts["jobs"]
    told = [
        v("dispatcher.absence.job", number=job["number"], when=v.stamp(at))
        for job in jobs[:SHOWN]
        if (at := time_of(job, "at"))
    ]
    return lines(
        v("dispatcher.absence.jobs") if jobs else v("dispatcher.absence.free"),
        *told,
        v("shared.more", n=len(jobs) - SHOWN) if len(jobs) > SHOWN else None,
        v("dispatcher.absence.shifts", n=facts["shifts"]) if facts["shifts"] else None,
        v("dispatcher.absence.duties", n=facts["duties"]) if facts["duties"] else None,
    )


@screen("dispatcher.swap")
def swap(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{id, state, giver, taker, what: [[start, end], …]}."""
    v = voice(locale, zone)
    title = v(f"dispatcher.swap.{facts['state']}", giver=line(facts["giver"]), taker=line(facts["taker"]))
    return View(paragraphs(title, exchange(v, facts)), _decision(v, "swap", facts, facts["state"] == "agreed"))


def _decision(v: Voice, verb: str, facts: Facts, waits: bool) -> tuple[tuple[Button, ...], ...]:
    if not waits:
        return ()
    yes = v.button("dispatcher.rota.approve", f"{verb}.approve", facts["id"], style="success")
    return ((yes, v.button("dispatcher.rota.refuse", f"{verb}.refuse", facts["id"], style="danger")),)
