"""What comes into an order's topic by itself: alerts, the customer's words and files, papers."""

from datetime import tzinfo
from typing import Any

from bot.dispatcher.screens.why import help_buttons, help_lines
from bot.routes import screen
from bot.shared.orders import deadline_name
from bot.shared.voice import MESSAGE, Html, Voice, clean, line, lines, paragraphs, time_of, voice
from bot.view import Button, Media, View

Facts = dict[str, Any]

WITH_ASSIGN = frozenset({"nobody_fits", "return_needed"})


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
    return View(text, _answers(facts, v))


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


def _answers(facts: Facts, v: Any) -> tuple[tuple[Button, ...], ...]:
    order, job, kind = facts.get("order"), facts.get("job"), facts["kind"]
    if not order or order["state"] in ("closed", "cancelled"):
        return ()
    if kind == "return_needed" and job:
        return ((v.button("dispatcher.button.return", "card.return", job["id"], order["revision"], style="primary"),),)
    if kind in ("nobody_fits", "unclaimed", "near", "breach") and order["state"] in ("new", "offered"):
        number, revision = order["number"], order["revision"]
        assign = (v.button("dispatcher.button.assign", "card.assign", number, revision, style="primary"),)
        if kind != "nobody_fits" or not job:
            return (assign,)
        asked = {"number": number, "revision": revision, "job_id": job["id"]}
        why = v.button("dispatcher.button.why", "card.why", number, revision)
        return (*help_buttons(v, facts.get("help") or [], asked), (*assign, why))
    if kind in ("near", "breach", "paused"):
        return ((v.button("dispatcher.button.remind", "card.remind", order["number"], order["revision"]),),)
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
