"""What comes into an order's topic by itself: alerts, the customer's words and files, papers."""

from datetime import tzinfo
from typing import Any

from bot.dispatcher.screens.jobs import job_button
from bot.dispatcher.screens.why import help_buttons, help_lines
from bot.routes import screen
from bot.shared.orders import deadline_name
from bot.shared.voice import MESSAGE, Html, Voice, clean, line, lines, paragraphs, time_of, voice
from bot.view import Button, Media, View
from core.overview.steering import job_steps

Facts = dict[str, Any]

ASKS_WHO = frozenset({"nobody_fits", "unclaimed", "near", "breach"})
OF_JOB = frozenset({"nobody_fits", "unclaimed", "declined", "expired", "paused", "step_back", "return_needed"})
"""Kinds that are about one job: where the order has several, it is named."""


@screen("dispatcher.alert")
def alert(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Something to look at, with the likely answer as a button."""
    v = voice(locale, zone)
    kind, order = facts["kind"], facts.get("order")
    who = line(facts.get("who") or _assignee(facts) or "—")
    params: Facts = {"who": who, "reason": clean(facts.get("reason") or "", 300) or "—"}
    if kind in ("near", "breach"):
        params["what"] = deadline_name(v, facts["deadline"], facts.get("stage"))
    if kind == "return_needed":
        params["what"] = v.plain(f"dispatcher.returned.{facts['outcome']}")
    if kind == "plan_proposed":
        params["what"] = v.plain(f"dispatcher.plan.{facts['cause']}", who=who)
    if kind in ("absorbed", "gave_back", "check_opened", "check_mended"):
        params["number"] = facts["number"]
    if kind == "unclaimed":
        params |= {"lasts": v.words.duration(facts["seconds"]), "number": order["number"] if order else ""}
        params["summary"] = line((order or {}).get("summary") or "—", 120)
    if kind == "step_back":
        params["what"] = v.plain(f"dispatcher.job.{facts['state']}")
    if kind == "low_rating" and order:
        rating = order["rating"]
        params |= {name: rating[name] or "—" for name in ("speed", "accuracy", "communication")}
    text = v(f"dispatcher.alert.{kind}", **params)
    if kind == "low_rating" and order:
        said = clean(order["rating"]["comment"] or "", 300)
        quote = v("dispatcher.quote", text=said) if said else None
        text = lines(text, quote, v("dispatcher.alert.low_rating.call"))
    if kind == "breach" and facts.get("rule"):
        text = lines(text, _who(facts, v), _promise(facts["rule"], v))
    if kind == "nobody_fits":
        why = [
            v("dispatcher.assign.reason.line", why=v.plain(_reject(v, code), code=line(code, 40)), n=n)
            for code, n in facts["reasons"]
        ]
        text = paragraphs(text, lines(*why), help_lines(v, facts.get("help") or []))
    if job := _named_job(facts):
        title = line(job.get("title") or "", 80)
        named = v("dispatcher.alert.job.title", id=job["id"], title=title) if title else None
        text = lines(named or v("dispatcher.alert.job", id=job["id"]), text)
    return View(text, _answers(facts, v))


def _named_job(facts: Facts) -> Facts | None:
    """The job that an alert is about, where its order has others."""
    about = facts["kind"] in OF_JOB or facts.get("stage")
    return facts.get("job") if about and facts.get("order") and len(facts["order"]["jobs"]) > 1 else None


def _reject(v: Any, code: str) -> str:
    key = f"dispatcher.reject.{code}"
    return key if v.words.has(key) else "dispatcher.reject.other"


def _who(facts: Facts, v: Voice) -> Html | None:
    """Who has the job, and how far they are."""
    job, who = facts.get("job"), _assignee(facts)
    if job is None or who is None:
        return v("dispatcher.alert.breach.nobody")
    return v("dispatcher.alert.breach.who", who=line(who), state=v.plain(f"dispatcher.job.{job['state']}"))


def _promise(rule: Facts, v: Voice) -> Html:
    """By which rule, and how long the clock stood still."""
    name = line(v.named(rule["name"])) if rule["name"] else v.plain("dispatcher.alert.breach.usual")
    norm = v.words.duration(rule["minutes"] * 60)
    if not rule["paused"]:
        return v("dispatcher.alert.breach.rule", name=name, norm=norm)
    paused = v.words.duration(rule["paused"] * 60)
    return v("dispatcher.alert.breach.paused", name=name, norm=norm, paused=paused)


def _assignee(facts: Facts) -> str | None:
    job = facts.get("job") or {}
    return (job.get("assignee") or {}).get("name")


def _answers(facts: Facts, v: Voice) -> tuple[tuple[Button, ...], ...]:
    """Of the job that the alert is about, as that job stands."""
    order, job, kind = facts.get("order"), facts.get("job"), facts["kind"]
    if not order or not job or order["state"] in ("closed", "cancelled"):
        return ()
    if kind == "return_needed":
        return ((job_button(v, order, job, "return", "primary"),),)
    can = job_steps(order, job)
    if kind in ASKS_WHO and "assign" in can:
        assign = job_button(v, order, job, "assign", "primary")
        if kind != "nobody_fits":
            return ((assign,),)
        asked = {"number": order["number"], "revision": order["revision"], "job_id": job["id"]}
        why = v.button("dispatcher.button.why", "card.why", order["number"], order["revision"], str(job["id"]))
        outside = ((job_button(v, order, job, "outside"),),) if "outside" in can else ()
        return (*help_buttons(v, facts.get("help") or [], asked), *outside, (assign, why))
    if kind in ("near", "breach", "paused") and "remind" in can:
        return ((job_button(v, order, job, "remind"),),)
    return ()


@screen("dispatcher.message")
def message(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Somebody's words: the customer's may be answered by a reply, the team's stay here until «To the customer»."""
    v = voice(locale, zone)
    key = "dispatcher.message.customer" if facts["by_customer"] else "dispatcher.message.team"
    text = paragraphs(
        v(key, who=line(facts["who"])),
        v.words.html("dispatcher.quote", text=clean(facts["text"], MESSAGE)) if facts["text"] else None,
    )
    hint = v("dispatcher.message.hint") if facts["by_customer"] else None
    media = (Media(facts["file"]["id"], facts["file"]["kind"]),) if facts["file"] else ()
    client = (
        () if facts["by_customer"] else ((v.button("dispatcher.button.client", "msg.client", facts["message_id"]),),)
    )
    return View(paragraphs(text, hint), client, media=media)


@screen("dispatcher.pad")
def pad(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Under what a dispatcher typed: only the team sees it, unless this button is pressed."""
    v = voice(locale, zone)
    if facts.get("sent"):
        return View(v("dispatcher.pad.sent", who=line(facts["who"])), silent=True)
    return View(
        v("dispatcher.pad"), ((v.button("dispatcher.button.client", "msg.client", facts["message_id"]),),), silent=True
    )


@screen("dispatcher.files")
def files(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Photos and the like that came to an order: {phase, who, files: [{id, kind, caption, proof}]}; `proof` as
    `core/reports/rules.py` has it, None where the place is not known."""
    v = voice(locale, zone)
    captions = [
        v.words.html("dispatcher.quote", text=clean(one["caption"], 200)) for one in facts["files"] if one["caption"]
    ]
    proofs = dict.fromkeys(_proof(v, one["proof"]) for one in facts["files"] if one.get("proof"))
    text = lines(v(f"dispatcher.files.{facts['phase']}", who=line(facts["who"])), *captions, *proofs)
    return View(text, media=tuple(Media(one["id"], one["kind"]) for one in facts["files"][:10]), silent=True)


def _proof(v: Voice, proof: Facts) -> Html:
    """When and how far from the site; a camera's word is only a claim."""
    metres = proof["metres"]
    where = v.plain("dispatcher.proof.no_site")
    if metres is not None:
        where = v.plain("dispatcher.proof.where", distance=v.words.distance(metres))
    at = time_of(proof, "at")
    text = v(f"dispatcher.proof.{proof['place_by']}", at=v.clock(at) if at else "—", where=where)
    return lines(text, *(v(f"dispatcher.proof.{doubt}") for doubt in proof["doubts"]))


@screen("dispatcher.act")
def act(facts: Facts, locale: str, zone: tzinfo) -> View:
    v = voice(locale, zone)
    document = facts["document"]
    text = v("dispatcher.act.signed_paper", number=document["number"], total=v.money(document["total"]))
    return View(text, media=(Media(document["file_id"], "document"),) if document["file_id"] else (), silent=True)
