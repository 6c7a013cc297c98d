"""One's own rota: two weeks of it, days off, swaps, the calendar's address."""

from datetime import date, timedelta, tzinfo
from itertools import groupby
from typing import Any

from bot.routes import screen
from bot.shared.calendar import day_code, day_rows
from bot.shared.rota import KINDS, days, exchange, hours, period, shift
from bot.shared.voice import Html, Voice, clean, line, lines, paragraphs, time_of, voice
from bot.turn import moment
from bot.view import Button, View

Facts = dict[str, Any]
LENGTHS = (1, 2, 3, 7, 14, 28)
COLLEAGUES = 20


@screen("technician.rota")
def rota(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{days: [{day, shifts: [[start, end]], absence, jobs}], duties: [[start, end]], waiting}."""
    v = voice(locale, zone)
    rows = (
        (v.button("technician.rota.off", "rota.off"), v.button("technician.rota.give", "rota.give")),
        (v.button("technician.rota.calendar", "rota.calendar"),),
    )
    told = facts["days"]
    if not any(day["shifts"] or day["absence"] for day in told):
        text = v("technician.rota.none")
    else:
        weeks = [
            lines(*(_day(v, day) for day in week))
            for _, week in groupby(told, key=lambda day: date.fromisoformat(day["day"]).isocalendar()[:2])
        ]
        text = paragraphs(v("technician.rota"), *weeks)
    duties = [v("technician.rota.duty", when=shift(v, pair)) for pair in facts["duties"]]
    waiting = v("technician.rota.waiting", n=facts["waiting"]) if facts["waiting"] else None
    return View(paragraphs(text, lines(*duties), waiting), rows)


def _day(v: Voice, facts: Facts) -> Html:
    day = date.fromisoformat(facts["day"])
    name = v.words.date(day, style="day")
    if facts["absence"]:
        return v("technician.rota.away", day=name, kind=v.plain(f"shared.absence.{facts['absence']}"))
    if not facts["shifts"]:
        return v("technician.rota.free", day=name)
    spans = [(moment(start), moment(end)) for start, end in facts["shifts"]]
    told = ", ".join(hours(v, start, end) for start, end in spans if start and end)
    night = any(start and start.astimezone(v.zone).hour >= 18 for start, _ in spans)
    key = "technician.rota.night" if night else "technician.rota.day"
    jobs = " · " + v.count("technician.rota.jobs", facts["jobs"]) if facts["jobs"] else ""
    return v(key, day=name, hours=told, jobs=jobs)


@screen("technician.rota.changed")
def changed(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{first, shifts: [[start, end]]}: from which day on, and the next shifts."""
    v = voice(locale, zone)
    day = v.words.date(date.fromisoformat(facts["first"]), style="day")
    told = [v("technician.rota.next", shift=shift(v, pair)) for pair in facts["shifts"]]
    text = paragraphs(
        v("technician.rota.changed", day=day), lines(*told) if told else v("technician.rota.changed.none")
    )
    return View(text, ((v.button("technician.rota.whole", "rota.show"),),))


@screen("technician.off")
def off(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{step: kind, first, last; kind, today, shown, first}: what for, from which day, until which."""
    v = voice(locale, zone)
    if facts["step"] == "kind":
        kinds = [v.button(f"shared.absence.{kind}", "off.kind", n) for n, kind in enumerate(KINDS)]
        return View(v("technician.off.kind"), (tuple(kinds[:2]), tuple(kinds[2:]), _back(v)))
    number = KINDS.index(facts["kind"])
    today = date.fromisoformat(facts["today"])
    shown = date.fromisoformat(facts["shown"]) if facts.get("shown") else None
    kind = v.plain(f"shared.absence.{facts['kind']}")
    if facts["step"] == "first":
        rows = day_rows(v, "off.first", number, 0, today, shown)
        return View(v("technician.off.first", kind=kind), (*rows, _back(v)))
    first = date.fromisoformat(facts["first"])
    start = int(day_code(first))
    quick = [
        Button(v.count("shared.days", n), "off.last", number, start, day_code(first + timedelta(days=n - 1)))
        for n in LENGTHS
    ]
    rows = day_rows(v, "off.last", number, start, max(first, today), shown)
    text = v("technician.off.last", kind=kind, day=v.words.date(first, style="day"))
    return View(text, (tuple(quick[:3]), tuple(quick[3:]), *rows, _back(v)))


def _back(v: Voice) -> tuple[Button, ...]:
    return (v.button("technician.rota.back", "rota.show"),)


@screen("technician.absence")
def absence(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The person's own: asked, approved, refused, cancelled."""
    v = voice(locale, zone)
    when = period(v, facts["first_day"], facts["last_day"])
    text = paragraphs(
        v(f"technician.absence.{facts['state']}", kind=v.plain(f"shared.absence.{facts['kind']}"), when=when,
          days=days(v, facts["first_day"], facts["last_day"])),
        v.words.html("technician.quote", text=clean(facts["note"], 300)) if facts["note"] else None,
    )  # fmt: skip
    if facts.get("news") or facts["state"] not in ("asked", "approved"):
        return View(text)
    return View(text, ((v.button("technician.absence.cancel", "off.cancel", facts["id"]),),))


@screen("technician.give")
def give(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{step: shift, taker, back; shifts | people | returns}: which shift, to whom, what for."""
    v, step = voice(locale, zone), facts["step"]
    if step == "shift":
        made = [Button(shift(v, one["what"]), "give.shift", one["id"]) for one in facts["shifts"]]
        return _listed(v, v("technician.give.shift") if made else v("technician.give.none"), made)
    told = shift(v, facts["what"])
    if step == "taker":
        people = facts["people"][:COLLEAGUES]
        made = [Button(line(one["name"], 40), "give.to", facts["id"], one["id"]) for one in people]
        key = "technician.give.taker" if made else "technician.give.nobody"
        return _listed(v, v(key, shift=told), made)
    offer = v.button("technician.give.free", "give.offer", facts["id"], facts["taker_id"], style="primary")
    made = [
        Button(shift(v, one["what"]), "give.offer", facts["id"], facts["taker_id"], str(one["id"]))
        for one in facts["returns"]
    ]
    text = v("technician.give.back", shift=told, taker=line(facts["taker"]))
    return _listed(v, text, [offer, *made])


def _listed(v: Voice, text: str, buttons: list[Button]) -> View:
    return View(text, (*((button,) for button in buttons), _back(v)))


@screen("technician.swap")
def swap(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{id, state, role: giver | taker, giver, taker, what}."""
    v, state, role = voice(locale, zone), facts["state"], facts["role"]
    title = v(f"technician.swap.{state}.{role}", giver=line(facts["giver"]), taker=line(facts["taker"]))
    text = paragraphs(title, exchange(v, facts))
    if facts.get("news"):
        return View(text)
    if state == "offered" and role == "taker":
        agree = v.button("technician.swap.agree", "swap.agree", facts["id"], style="success")
        return View(text, ((agree, v.button("technician.swap.decline", "swap.decline", facts["id"])),))
    if state in ("offered", "agreed") and role == "giver":
        return View(text, ((v.button("technician.swap.withdraw", "swap.withdraw", facts["id"]),),))
    return View(text)


@screen("technician.calendar")
def calendar(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{since, url}: the address is shown once, when it is made."""
    v, since = voice(locale, zone), time_of(facts, "since")
    if facts.get("url"):
        url = facts["url"]
        copy = Button(v.plain("technician.calendar.copy"), copy=url)
        return View(v("technician.calendar.new", url=url), ((copy,), (_revoke(v),), _back(v)))
    make = v.button("technician.calendar.renew" if since else "technician.calendar.make", "calendar.make")
    if since is None:
        note = v("technician.calendar.revoked") if facts.get("revoked") else None
        return View(paragraphs(note, v("technician.calendar.none")), ((make,), _back(v)))
    return View(v("technician.calendar", since=v.stamp(since)), ((make,), (_revoke(v),), _back(v)))


def _revoke(v: Voice) -> Button:
    return v.button("technician.calendar.revoke", "calendar.revoke", style="danger")


@screen("technician.sent")
def sent(facts: Facts, locale: str, zone: tzinfo) -> View:
    """In place of the last question: the card below says what was asked."""
    v = voice(locale, zone)
    return View(v("technician.sent"), (_back(v),))
