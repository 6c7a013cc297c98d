"""Work by the hour: the time on site, who was there, and the buttons that write it down with the figure they say."""

from datetime import timedelta, tzinfo
from decimal import Decimal
from typing import Any

from bot.routes import screen
from bot.shared.voice import Html, Voice, line, lines, paragraphs, voice
from bot.view import Button, View

Facts = dict[str, Any]
MOST_PEOPLE, MOST_RATES = 4, 12


def told(v: Voice, hours: Facts) -> Html | None:
    """Time on site and crew, what of it is billed, and whether the report says otherwise."""
    due, written = _due(hours), _written(hours)
    if not due and not hours["minutes"]:
        return None
    spent = v("technician.labour.time", time=_time(v, hours["minutes"]))
    pause = v("technician.labour.pause", time=_time(v, hours["pause"])) if hours["pause"] else None
    people = ", ".join(line(name, 50) for name in hours["people"])
    differs = v("technician.labour.differs", written=_hours(v, written), due=_hours(v, due)) if (
        hours["rates"] and written and written != due) else None  # fmt: skip
    return lines(spent, pause, v("technician.labour.people", names=people), _after(v, hours), differs)


def _after(v: Voice, hours: Facts) -> Html | None:
    """What of it lies outside of working hours, by which calendar, and what an hour there costs."""
    if not Decimal(hours["after"]):
        return None
    said = {
        "time": _time(v, hours["outside"]),
        "hours": _hours(v, Decimal(hours["after"])),
        "factor": v.words.number(Decimal(hours["percent"]) / 100),
        "calendar": line(v.named(hours["calendar"]), 60),
    }
    if hours["number"]:
        return v("technician.labour.after.contract", number=line(hours["number"], 50), **said)
    return v("technician.labour.after", **said)


def offer(v: Voice, job_id: int, hours: Facts) -> tuple[tuple[Button, ...], ...]:
    """One rate is written at once, of several one is chosen; nothing when the report says it already."""
    due, written, rates = _due(hours), _written(hours), hours["rates"]
    if not rates or not due or written == due:
        return ()
    key = "again" if written else "write"
    if len(rates) > 1:
        return ((v.button(f"technician.labour.{key}.some", "labour.open", job_id, style="primary"),),)
    n = len(hours["people"])
    button = v.button(
        f"technician.labour.{key}",
        "labour.set",
        job_id,
        extra=f"{rates[0]['id']}={_exact(due)}",
        style="primary",
        time=_hours(v, Decimal(hours["hours"])),
        n=n,
    )
    return ((button,),)


@screen("technician.labour")
def labour(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Each rate for one, two … of the crew."""
    v, hours, id = voice(locale, zone), facts["labour"], facts["job_id"]
    each, crew = Decimal(hours["hours"]), min(len(hours["people"]), MOST_PEOPLE)
    shown = hours["rates"][:MOST_RATES] if each else []
    listed = lines(*(_rate(v, n, rate) for n, rate in enumerate(shown, 1)))
    rows = [
        tuple(_choice(v, id, n, rate, each * people, people) for people in range(1, crew + 1))
        for n, rate in enumerate(shown, 1)
    ]
    head = v("technician.labour", number=facts["number"], time=_hours(v, each))
    text = paragraphs(head if shown else v("technician.labour.none"), told(v, hours), listed)
    return View(text, rows=(*rows, (v.button("technician.lines.back", "job.lines", id),)))


def _rate(v: Voice, n: int, rate: Facts) -> Html:
    written = Decimal(rate["written"])
    if rate["price"] is None:
        return v("technician.labour.rate.plain", n=n, name=line(rate["name"], 80),
                 mark=" ✅ " + _hours(v, written) if written else "")  # fmt: skip
    return v("technician.labour.rate", n=n, name=line(rate["name"], 80), price=v.money(rate["price"]),
             mark=" ✅ " + _hours(v, written) if written else "")  # fmt: skip


def _choice(v: Voice, job_id: int, n: int, rate: Facts, hours: Decimal, people: int) -> Button:
    key = f"{rate['id']}={_exact(hours)}"
    return v.button("technician.labour.choice", "labour.set", job_id, extra=key, n=n, people=people)


def _due(hours: Facts) -> Decimal:
    return Decimal(hours["hours"]) * len(hours["people"])


def _written(hours: Facts) -> Decimal:
    return sum((Decimal(rate["written"]) for rate in hours["rates"]), Decimal(0))


def _hours(v: Voice, hours: Decimal) -> str:
    if hours >= 24:
        return v.plain("technician.labour.hours", n=v.words.number(hours))
    return _time(v, int(hours * 60))


def _time(v: Voice, minutes: int) -> str:
    return v.words.duration(timedelta(minutes=minutes))


def _exact(hours: Decimal) -> str:
    text = f"{hours:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
