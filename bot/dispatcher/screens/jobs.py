"""One job of an order that may have several: its name, and the buttons that act on it and no other."""

from typing import Any

from bot.shared.voice import Html, Voice, line
from bot.view import Button, Style
from core.overview.steering import job_steps

Facts = dict[str, Any]
OF_JOB = {"assign": "assign", "reassign": "assign", "remind": "remind", "fix": "fix"}


def job_name(v: Voice, order: Facts, job: Facts) -> Html:
    """«Наряд 22. Заменить фильтр: » where there are others, and what it is about where it says so."""
    number = v("dispatcher.card.job.number", id=job["id"]) if len(order["jobs"]) > 1 else Html("")
    title = line(job.get("title") or "", 80)
    return Html(number + v("dispatcher.card.job.title", title=title)) if title else number


def job_button(v: Voice, order: Facts, job: Facts, step: str, style: Style | None = None) -> Button:
    """Of assign, reassign, outside, remind, fix, return."""
    key = f"dispatcher.button.job.{step}" if len(order["jobs"]) > 1 else f"dispatcher.button.{step}"
    if step == "outside":
        return v.button(key, "card.outside", order["number"], order["revision"], str(job["id"]), job=job["id"])
    verb, extra = ("card.return", "") if step == "return" else ("card.job", OF_JOB[step])
    return v.button(key, verb, job["id"], order["revision"], extra, style=style, job=job["id"])


def job_row(v: Voice, order: Facts, job: Facts) -> tuple[Button, ...]:
    """All that can be done to it from a card; from whom it is taken for a contractor is asked where it is given."""
    can = job_steps(order, job)
    if job["assignee"]:
        can = tuple(step for step in can if step != "outside")
    return tuple(job_button(v, order, job, step) for step in (*OF_JOB, "outside", "return") if step in can)
