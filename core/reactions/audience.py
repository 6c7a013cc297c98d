"""Who is told, and when: reactions say what to show, and one finisher at the end of the work reads each order once
and queues its cards and posts, however many events there were.

    refresh(order_id)                        the cards of everyone who follows the order
    tell_customer(order_id, "customer.eta")  a post; facts: {"order": …, "job": …, **extra}
    tell_team(…), tell_member(…)             likewise, in the order's topic, or to one technician
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from core.channels import actions as channels
from core.channels.rules import TOLD
from core.chats.queries import groups, somebody_reads
from core.chats.rules import topic_card
from core.chats.sharing import give
from core.kernel.actor import SYSTEM, contact, group, member
from core.kernel.errors import NotFound
from core.kernel.hints import broadcast
from core.kernel.work import Work, acting, current
from core.orders.rules import OPEN
from core.outbox.actions import tell
from core.overview.jobs import one_job, shown_job
from core.overview.queries import Added, Facts, cards_facts, job_facts

Whom = Literal["customer", "team", "member", "manager"]


@dataclass(slots=True)
class Post:
    """One message to queue. `job_id` picks the job under "job" in its facts (None: the one that runs now)."""

    whom: Whom
    screen: str
    extra: dict[str, Any]
    job_id: int | None = None
    member_id: int | None = None
    card: str | None = None
    revision: int | None = None
    full: bool = False
    reply_to: str | None = None


@dataclass(slots=True)
class Plan:
    """What one order's readers will be told when the work commits."""

    posts: list[Post] = field(default_factory=list)
    cards: bool = False
    topic: bool = False
    team: bool = False
    left: tuple[int, str] | None = None


def refresh(order_id: int, *, topic: bool = False) -> None:
    """Bring every card of the order up to date; `topic`: its forum topic too (made, renamed, closed)."""
    plan = _plan(order_id)
    plan.cards = True
    plan.topic = plan.topic or topic


def show_team(order_id: int) -> None:
    """Bring the order's topic and card in its dispatch group up to date, and nobody else's."""
    plan = _plan(order_id)
    plan.topic = plan.team = True


def leave_group(order_id: int, group_id: int, to: str) -> None:
    """Another group has the order: in this one its card says which, and its topic is closed."""
    _plan(order_id).left = (group_id, to)


def tell_customer(order_id: int, screen: str, *, job_id: int | None = None, **extra: Any) -> None:
    """A post to the contact who ordered; `card` and `revision` in `extra` make it a card."""
    _add(order_id, Post("customer", screen, extra, job_id))


def end_live_map(order_id: int, job_id: int) -> None:
    """The moving map stays where it is: nobody is on the way any more. A map that was never shown is none to end."""
    tell_customer(order_id, "customer.live", job_id=job_id, live=0, card=live_card(job_id), revision=map_revision())


def map_revision() -> int:
    """Milliseconds: two places of one second are two."""
    return int(current().now.timestamp() * 1000)


def live_card(job_id: int) -> str:
    """The card key of the map on which the customer sees the technician of this job."""
    return f"live:{job_id}"


def tell_team(order_id: int, screen: str, *, job_id: int | None = None, **extra: Any) -> None:
    """A post in the order's topic of its dispatch group."""
    _add(order_id, Post("team", screen, extra, job_id))


def alert(order_id: int, kind: str, *, job_id: int | None = None, **extra: Any) -> None:
    """Something a dispatcher should look at."""
    tell_team(order_id, "dispatcher.alert", job_id=job_id, kind=kind, **extra)


def alert_member(order_id: int, member_id: int, kind: str, *, job_id: int | None = None, **extra: Any) -> None:
    """The same to one who decides, in their own chat."""
    _add(order_id, Post("manager", "dispatcher.alert", {**extra, "kind": kind}, job_id, member_id))


def tell_member(order_id: int, member_id: int, screen: str, *, job_id: int | None = None, **extra: Any) -> None:
    """A post to one technician; with a job its checklist and report come along."""
    _add(order_id, Post("member", screen, extra, job_id, member_id, full=True))


async def desk_group() -> str | None:
    """Who is told what belongs to no order: the group that takes whatever the others leave, else the first."""
    found = await groups()
    chosen = next((one for one in found if not one.area_ids), found[0] if found else None)
    return group(chosen.id) if chosen else None


def _plan(order_id: int) -> Plan:
    w = current()
    plans: dict[int, Plan] | None = w.scratch.get("audience")
    if plans is None:
        plans = w.scratch["audience"] = {}
        w.finishers.insert(0, _queue_all)
    return plans.setdefault(order_id, Plan())


def _add(order_id: int, post: Post) -> None:
    post.card = post.extra.pop("card", None)
    post.revision = post.extra.pop("revision", None)
    post.reply_to = post.extra.pop("reply_to", None)
    _plan(order_id).posts.append(post)


async def _queue_all(w: Work) -> None:
    plans: dict[int, Plan] = w.scratch.pop("audience", {})
    for order_id, plan in sorted(plans.items()):
        try:
            read = await somebody_reads()
            facts, added = await cards_facts(order_id, whole=read)
        except NotFound:
            continue
        if read and facts["group_id"] is None and facts["state"] in OPEN:
            async with acting(SYSTEM):
                facts["group_id"] = await give(order_id)
            plan.topic = plan.team = True
        if plan.left:
            group_id, to = plan.left
            _team_card({**facts, "group_id": group_id, "passed": to}, "dispatcher.passed")
            _topic({**facts, "group_id": group_id, "passed": to})
        if plan.topic:
            _topic(facts)
        if plan.cards or plan.team:
            _team_card(facts)
        if plan.cards:
            await _cards(facts, added)
        for post in plan.posts:
            await _post(facts, added, post)
        w.on_commit(partial(broadcast, "orders", str(order_id)))


def _topic(facts: Facts) -> None:
    if facts["group_id"]:
        tell(
            group(facts["group_id"]),
            "dispatcher",
            "dispatcher.topic",
            facts,
            op="topic",
            card=topic_card(facts["number"]),
            revision=facts["revision"],
        )


def _team_card(facts: Facts, screen: str = "dispatcher.card") -> None:
    if facts["group_id"]:
        tell(
            group(facts["group_id"]),
            "dispatcher",
            screen,
            facts,
            card=f"order:{facts['number']}",
            revision=facts["revision"],
            topic=topic_card(facts["number"]),
        )


async def _cards(facts: Facts, added: Added) -> None:
    number, revision = facts["number"], facts["revision"]
    if facts["contact"] and _may_use_bot(facts):
        card = f"order:{number}"
        tell(contact(facts["contact"]["id"]), "customer", "customer.order", facts, card=card, revision=revision)
    for job in facts["jobs"]:
        if job["assignee"] and job["state"] != "cancelled":
            tell(
                member(job["assignee"]["id"]),
                "technician",
                "technician.job",
                await job_facts(job["id"], facts, added),
                card=f"job:{job['id']}",
                revision=revision,
            )


def _may_use_bot(facts: Facts) -> bool:
    return "bot" not in (facts["customer"].get("forbidden") or ())


async def _post(facts: Facts, added: Added, post: Post) -> None:
    options: dict[str, Any] = {"card": post.card, "revision": post.revision or 0}
    if post.whom == "member":
        said = {**await _with_job(facts, added, post), **post.extra}
        tell(member(post.member_id or 0), "technician", post.screen, said, reply_to=post.reply_to, **options)
        return
    job = one_job(facts, post.job_id) if post.job_id else shown_job(facts)
    said = {"order": facts, "job": job, **post.extra}
    if post.whom == "manager":
        tell(member(post.member_id or 0), "dispatcher", post.screen, said, **options)
    elif post.whom == "team" and facts["group_id"]:
        topic = topic_card(facts["number"])
        tell(group(facts["group_id"]), "dispatcher", post.screen, said, topic=topic, **options)
    elif post.whom == "customer" and facts["contact"]:
        if post.screen in TOLD:
            await channels.post(facts["number"], post.screen, said, **options)
        elif _may_use_bot(facts):
            tell(contact(facts["contact"]["id"]), "customer", post.screen, said, **options)


async def _with_job(facts: Facts, added: Added, post: Post) -> Facts:
    if post.job_id is None:
        return {**facts, "job": shown_job(facts)}
    if post.full:
        return await job_facts(post.job_id, facts, added)
    return {**facts, "job": one_job(facts, post.job_id)}
