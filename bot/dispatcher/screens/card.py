"""The card of an order in the dispatch group: who, where, what, by when, at which stage, and what can be done."""

from datetime import datetime, tzinfo
from typing import Any

from bot.dispatcher.screens.jobs import job_button, job_name, job_row
from bot.routes import screen
from bot.shared.checks import off_norm
from bot.shared.orders import (
    OVER,
    URGENCY_MARKS,
    absorbed,
    assets,
    attachments,
    critical,
    deadline_name,
    needs,
    stages,
    urgency,
    wanted,
    where,
    words_of,
)
from bot.shared.voice import Html, Voice, clean, line, lines, paragraphs, time_of, voice
from bot.view import Button, Style, View
from core.overview.jobs import running_job
from core.overview.steering import job_steps

Facts = dict[str, Any]

STATE_MARKS = {
    "new": "🆕", "offered": "📨", "assigned": "👷", "travelling": "🚗", "on_site": "🔧",
    "paused": "⏸", "done": "✅", "closed": "🏁", "cancelled": "✖️",
}  # fmt: skip
WHO: tuple[tuple[str, str, Style | None], ...] = (
    ("assign", "assign", "primary"),
    ("reassign", "assign", None),
    ("remind", "remind", None),
)


@screen("dispatcher.topic")
def topic(facts: Facts, locale: str, zone: tzinfo) -> View:
    """The forum topic of an order: its number, what it is about and where; closed with the order, and in a group that
    has it no more."""
    place = (facts.get("site") or {}).get("name") or facts["customer"]["name"]
    number = voice(locale, zone).plain("shared.number", number=facts["number"])
    name = f"{number} · {line(facts['summary'], 60)} · {line(place, 40)}"
    return View(topic=name[:128], closed=facts["state"] in ("closed", "cancelled") or "passed" in facts)


@screen("dispatcher.passed")
def passed(facts: Facts, locale: str, zone: tzinfo) -> View:
    """What the card becomes where another dispatch group has the order now: `passed` is its name."""
    v = voice(locale, zone)
    told = v("dispatcher.passed", number=facts["number"], group=line(facts["passed"], 100))
    return View(paragraphs(told, words_of(facts, 200), where(v, facts)))


@screen("dispatcher.card")
def card(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    mark = STATE_MARKS[facts["state"]]
    title = v(
        "dispatcher.card.title", mark=mark, number=facts["number"], state=v.plain(f"dispatcher.state.{facts['state']}")
    )
    text = paragraphs(
        lines(title, v("dispatcher.card.help", why=v.plain(_help_key(v, facts))) if facts.get("needs_help") else None),
        words_of(facts, 700),
        absorbed(v, facts),
        lines(where(v, facts), assets(v, facts), _customer(v, facts), attachments(v, facts.get("files"))),
        lines(
            v("shared.kind", kind=v.plain(f"shared.kind.{facts['kind']}")),
            critical(v, facts),
            needs(v, facts),
            _priority(v, facts),
            _deadline(v, facts),
            wanted(v, facts) if facts["state"] not in OVER else None,
        ),
        lines(*[_job(v, facts, job) for job in facts["jobs"]]),
        lines(*[off_norm(v, job) for job in facts["jobs"]]),
        lines(*[stages(v, job, several=len(facts["jobs"]) > 1) for job in facts["jobs"]]),
        lines(_papers(v, facts), _rating(v, facts), _cancelled(v, facts)),
    )
    return View(text, _buttons(v, facts))


def _help_key(v: Voice, facts: Facts) -> str:
    key = f"dispatcher.help.{facts['needs_help']}"
    return key if v.words.has(key) else "dispatcher.help.other"


def _customer(v: Voice, facts: Facts) -> Html:
    contact = facts.get("contact")
    name = line(facts["customer"]["name"])
    if not contact:
        return v("dispatcher.card.customer", customer=name)
    person, phone = line(contact["name"]), v.words.phone(contact["phone"] or "")
    if facts["customer"]["private"] or person == name:
        return v("dispatcher.card.person", person=person, phone=phone)
    return v("dispatcher.card.both", customer=name, person=person, phone=phone)


def _priority(v: Voice, facts: Facts) -> Html:
    said, ours = facts["urgency"], facts["priority"]
    if said == ours:
        return v("dispatcher.card.priority", priority=urgency(v, ours))
    return v("dispatcher.card.priorities", priority=urgency(v, ours), urgency=urgency(v, said))


def _deadline(v: Voice, facts: Facts) -> Html | None:
    """The next clock that runs and does not stand still; a passed one is said so."""
    for deadline in facts.get("deadlines") or []:
        due = time_of(deadline, "due_at")
        if deadline["met_at"] or deadline.get("paused_at") or due is None:
            continue
        key = "dispatcher.card.late" if deadline["breached_at"] else "dispatcher.card.due"
        what = deadline_name(v, deadline["kind"], (deadline.get("stage") or {}).get("name"))
        return v(key, what=what, at=v.stamp(due), left=v.relative(due, v.plain(f"{key}.instead")))
    return None


def _job(v: Voice, order: Facts, job: Facts) -> Html | None:
    number = job_name(v, order, job)
    if job["assignee"]:
        name, told = line(job["assignee"]["name"]), _step(v, job) or v.plain(f"dispatcher.job.{job['state']}")
        told = " · ".join((*from_outside(v, job), told))
        return Html(number + v("dispatcher.card.job", mark=STATE_MARKS[job["state"]], name=name, state=told))
    asked = [line(offer["name"]) for offer in job["offers"] if offer["state"] == "open"]
    if asked:
        return Html(number + v("dispatcher.card.asked", names=", ".join(asked)))
    return Html(number + v("dispatcher.card.nobody")) if job["state"] not in OVER else None


def from_outside(v: Voice, job: Facts) -> tuple[str, ...]:
    """«подрядчик «Мороз»», «подрядчику 3 000 ₽», of a contractor's job."""
    who = job["assignee"]
    if not who.get("contractor"):
        return ()
    firm = line(who["firm"], 40)
    said = v.plain("dispatcher.card.outside_of", firm=firm) if firm else v.plain("dispatcher.card.outside")
    return (said, v.plain("dispatcher.card.fee", fee=v.money(job["fee"]))) if job.get("fee") is not None else (said,)


def _step(v: Voice, job: Facts) -> str | None:
    """«на объекте с 13:05», «в пути, будет в 13:55»."""
    eta, arrived, done = time_of(job, "eta_at"), time_of(job, "arrived_at"), time_of(job, "done_at")
    if job["state"] == "travelling" and eta:
        return v.plain("dispatcher.step.eta", at=v.clock(eta))
    if job["state"] == "on_site" and arrived:
        return v.plain("dispatcher.step.on_site", at=v.clock(arrived))
    if job["state"] in ("done", "closed") and done:
        return v.plain(f"dispatcher.outcome.{job['outcome'] or 'done'}", at=v.clock(done))
    return None


def _papers(v: Voice, facts: Facts) -> Html | None:
    if not facts["documents"]:
        return None
    act = facts["documents"][-1]
    state = v.plain(f"dispatcher.act.{act['state']}", who=line(act["signed_by"] or "—"))
    return v("dispatcher.card.act", number=act["number"], total=v.money(act["total"]), state=state)


def _rating(v: Voice, facts: Facts) -> Html | None:
    rating = facts.get("rating")
    if not rating or rating["speed"] is None:
        return None
    stars = {name: rating[name] or "—" for name in ("speed", "accuracy", "communication")}
    said = v("dispatcher.card.rating", **stars)
    return (
        lines(said, Html(f"<i>{v.words.html('dispatcher.quote', text=clean(rating['comment'], 300))}</i>"))
        if rating["comment"]
        else said
    )


def _cancelled(v: Voice, facts: Facts) -> Html | None:
    if facts.get("merged_into"):
        return v("dispatcher.card.merged", number=facts["merged_into"])
    return (
        v("dispatcher.card.cancelled", reason=clean(facts["cancel_reason"] or "—", 300))
        if facts["state"] == "cancelled"
        else None
    )


def _buttons(v: Voice, facts: Facts) -> tuple[tuple[Button, ...], ...]:
    """Of several jobs each has buttons of its own, which name it; one alone is what the order's buttons act on."""
    number, rev, job = facts["number"], facts["revision"], running_job(facts)
    if facts.get("merged_into"):
        return ((v.button("dispatcher.button.unmerge", "twin.undo", number),),)
    reopen = (v.button("dispatcher.button.reopen", "card.reopen", number, rev),)
    if facts["state"] in ("closed", "cancelled"):
        return (reopen,)
    steer = (
        v.button("dispatcher.button.priority", "card.priority", number, rev),
        v.button("dispatcher.button.move", "card.move", number, rev),
    )
    cancel = (v.button("dispatcher.button.cancel", "card.cancel", number, rev, style="danger"),)
    over = facts["state"] == "done"
    several, can = len(facts["jobs"]) > 1, job_steps(facts, job)
    jobs = [_who(v, facts, can)]
    if several:
        jobs = [job_row(v, facts, one) for one in sorted(facts["jobs"], key=lambda one: one["state"] in OVER)]
    rows = [reopen, *jobs] if over else [*jobs, steer]
    if job and "outside" in can and not several and not job["assignee"]:
        rows.append((job_button(v, facts, job, "outside"),))
    if job and (job["assignee"] is None or job["offers"]):
        rows.append((v.button("dispatcher.button.why", "card.why", number, rev, str(job["id"])),))
    if job and "return" in can and not several:
        rows.append((v.button("dispatcher.button.return", "card.return", job["id"], rev),))
    if "fix" in can and not several:
        rows.append((v.button("dispatcher.button.fix", "card.fix", number, rev),))
    return tuple(row for row in (rows if over else [*rows, cancel]) if row)


def _who(v: Voice, facts: Facts, can: tuple[str, ...]) -> tuple[Button, ...]:
    """Who goes, where there is one job: the order's number is enough."""
    return tuple(
        v.button(f"dispatcher.button.{step}", f"card.{verb}", facts["number"], facts["revision"], style=style)
        for step, verb, style in WHO
        if step in can
    )


def summary_line(v: Voice, order: Facts, now: datetime) -> Html:
    """One order in a list: mark, number, what, where, who."""
    who = line(order.get("assignee") or v.plain("dispatcher.list.nobody"), 30)
    mark = URGENCY_MARKS[order["priority"]] if order["priority"] in ("urgent", "high") else STATE_MARKS[order["state"]]
    due = datetime.fromisoformat(order["due_at"]) if order.get("due_at") else None
    late = "❗️" if due and due < now and order["state"] not in OVER else ""
    return v("dispatcher.list.line", mark=late + mark, number=order["number"], what=line(order["summary"], 60),
             where=line(order.get("site") or order.get("customer") or "", 40), who=who)  # fmt: skip
