"""Contractors: whom a dispatcher can ask from outside, and the asking, for a sum or without one.

The robot asks none of them by itself unless a rule set switches its rule `contractor` off. Whom a dispatcher asks is
asked by the same offer as anybody else; who is given the job at once gets it by `orders.assign`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.dispatch.actions import ask, withdraw
from core.dispatch.facts import Known, known_of_job
from core.dispatch.queries import MOST_RANKED, Ranked, ranked_of, rules_for
from core.dispatch.rules import OUTSIDE, Scored
from core.dispatch.rulesets import Rules
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.read import fetch
from core.kernel.work import current
from core.orders import actions as orders
from core.orders.rules import check_fee


@dataclass(frozen=True, slots=True)
class Outsider:
    """A contractor judged for a job. `firm`: for whom they work (empty: for themselves). `by_bot`: an offer reaches
    them. `asked`: one stands already; `fee` is what for, in roubles."""

    ranked: Ranked
    firm: str
    by_bot: bool
    asked: bool
    fee: Decimal | None

    @property
    def member_id(self) -> int:
        return self.ranked.member_id

    @property
    def name(self) -> str:
        return self.ranked.name


_ASKED = "SELECT member_id, fee FROM dispatch_offers WHERE job_id = $1 AND state = 'open'"


async def outsiders(actor: Actor, job_id: int, most: int = MOST_RANKED) -> list[Outsider]:
    """All contractors: those who fit, best first, then those whom a rule rejects. For dispatchers. NotFound
    orders.job."""
    actor.require("orders.dispatch")
    known = await _known(job_id)
    asked = {row["member_id"]: row["fee"] for row in await fetch(_ASKED, job_id)}
    found = await ranked_of(known, await _rules(known), most)
    return [_outsider(one, known.rows[one.member_id], asked) for one in found]


def _outsider(one: Ranked, row: Any, asked: Mapping[int, Decimal | None]) -> Outsider:
    return Outsider(one, row["firm"], row["by_bot"], one.member_id in asked, asked.get(one.member_id))


async def _known(job_id: int) -> Known:
    """The job, and nobody of our own."""
    known = await known_of_job(job_id, now())
    return replace(known, candidates=[one for one in known.candidates if one.contractor])


async def _rules(known: Known) -> Rules:
    """Those that hold for the job, without what keeps the robot from people from outside."""
    rules = await rules_for(known.about)
    return replace(rules, off=tuple({*rules.off, *OUTSIDE}))


async def offer(job_id: int, member_id: int, fee: Decimal | None = None, revision: int | None = None) -> int:
    """Ask a contractor, who has the offer's usual time to answer; of several who are asked the first to accept has it.
    The offer's id; the same once more is the same offer, for another sum it takes the former one's place.

    `fee`: what they get, in roubles (`orders.bad_fee`). `revision` is the job's as the dispatcher saw it:
    `orders.changed` when it has moved on. `orders.wrong_state` unless nobody has the job, `dispatch.not_outside` for
    anybody but a contractor, `dispatch.not_by_bot` for one whom the bot can't ask.
    """
    w = current()
    w.actor.require("orders.dispatch")
    if fee is not None:
        check_fee(fee)
    job = await orders.locked_job(job_id)
    if job.state not in ("new", "offered"):
        raise Refusal("orders.wrong_state", state=job.state, verb="offer")
    sql = "SELECT id, fee FROM dispatch_offers WHERE job_id = $1 AND member_id = $2 AND state = 'open'"
    standing = await w.fetchrow(sql, job_id, member_id)
    if standing is not None and standing["fee"] == fee:
        return int(standing["id"])
    orders.unmoved(job, revision)
    known = await _known(job_id)
    row = known.rows.get(member_id)
    if row is None or not row["contractor"]:
        raise Refusal("dispatch.not_outside")
    if not row["by_bot"]:
        raise Refusal("dispatch.not_by_bot", name=row["name"])
    if standing is not None:
        await withdraw(job, standing["id"])
    rules = await _rules(known)
    one = next(found for found in await ranked_of(known, rules, len(known.candidates)) if found.member_id == member_id)
    number = await w.fetchval("SELECT coalesce(max(round), 0) + 1 FROM dispatch_offers WHERE job_id = $1", job_id)
    (made,) = await ask(job, [Scored(one.member_id, one.name, one.score, one.terms)], number, rules, fee)
    return made
