"""Who would be asked and why: the robot's verdict on a job, its rule sets, how it chose before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.company.queries import company
from core.dispatch.facts import Known, known_of_job, known_of_site, ways
from core.dispatch.rules import MANAGER, Scored, Step, Term
from core.dispatch.rulesets import USUAL, Rules, choose
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, parsed
from core.orders.queries import access_order

MOST_RANKED = 100
USUAL_NAME = {"ru": "Обычные правила", "en": "Usual rules"}
Group = tuple[str, str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """By which rules, the best who fit (`fits` in all), everybody who was rejected by (rule, what is missing, ids), and
    what would help where nobody fits."""

    rules: Rules
    ranked: Sequence[Scored]
    rejected: Sequence[Group] = ()
    help: Sequence[Mapping[str, Any]] = ()
    fits: int = 0

    @property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        """How many were rejected by which rule, the commonest first."""
        counts: dict[str, int] = {}
        for code, _, ids in self.rejected:
            counts[code] = counts.get(code, 0) + len(ids)
        return tuple(sorted(counts.items(), key=lambda pair: -pair[1]))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A judged technician with what a dispatcher wants to see. `member` is {id, name, phone, rating, on_duty}."""

    member: dict[str, Any]
    score: float
    terms: tuple[Term, ...]
    rejected: str | None
    detail: str

    @property
    def member_id(self) -> int:
        return int(self.member["id"])

    @property
    def name(self) -> str:
        return str(self.member["name"])


_RULESETS = """
SELECT v.*, min(v.id) OVER (PARTITION BY v.code) AS first FROM dispatch_rule_versions v
"""
_NOW = f"""
SELECT * FROM (SELECT DISTINCT ON (code) * FROM ({_RULESETS}) v ORDER BY code, id DESC) newest
WHERE NOT removed ORDER BY code <> '{USUAL}', first
"""


def rules_of(row: Any) -> Rules:
    data = parsed(row["data"])
    return Rules(
        row["code"],
        parsed(row["name"]),
        data["mode"],
        data["width"],
        data["offer_seconds"],
        data.get("when", {}),
        data.get("weights", {}),
        tuple(data.get("off", ())),
        row["id"],
        row["first"],
        _ladder(data.get("reminders")),
        _ladder(data.get("escalation")),
        data.get("manager", MANAGER),
    )


def _ladder(steps: Any) -> tuple[Step, ...] | None:
    return None if steps is None else tuple((after, how) for after, how in steps)


async def rulesets() -> list[Rules]:
    """Those that hold, the usual one first, then by age. The usual one is there even if nobody has written it."""
    found = [rules_of(row) for row in await fetch(_NOW)]
    if found and found[0].code == USUAL:
        return found
    view = await company()
    width, seconds = view.rule("offer_width"), view.rule("offer_seconds")
    return [Rules(USUAL, USUAL_NAME, "offer" if width > 1 else "auto", width, seconds), *found]


async def ruleset(code: str) -> Rules:
    """As it holds now. NotFound dispatch.ruleset."""
    found = next((one for one in await rulesets() if one.code == code), None)
    if found is None:
        raise NotFound("dispatch.ruleset", ruleset=code)
    return found


async def codes_given() -> list[str]:
    """The codes of all rule sets that there ever were, removed ones too: versions and age go by them."""
    return [row["code"] for row in await fetch("SELECT DISTINCT code FROM dispatch_rule_versions")]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a rule set: who wrote it, and whether it removed the rule set."""

    rules: Rules
    who: str
    at: datetime
    removed: bool


async def versions(code: str, limit: int = 100) -> list[Version]:
    """The newest first."""
    sql = f"""SELECT v.*, m.name AS who FROM ({_RULESETS} WHERE v.code = $1) v
              LEFT JOIN people_members m ON m.id = v.member_id ORDER BY v.id DESC LIMIT $2"""
    rows = await fetch(sql, code, limit)
    return [Version(rules_of(row), row["who"] or "", row["created_at"], row["removed"]) for row in rows]


async def ranking(actor: Actor, job_id: int, most: int = MOST_RANKED) -> list[Ranked]:
    """Everybody who could be given the job, best first, then the rejected with the reason; `most` of each. For
    dispatchers."""
    actor.require("orders.dispatch")
    return await ranked_of(await known_of_job(job_id, now()), None, most)


async def ranked_of(known: Known, rules: Rules | None, most: int) -> list[Ranked]:
    """The same of the candidates that are `known`, by `rules` (None: by those that hold). For this room."""
    judged, _ = await _judge(known, rules)
    shown = [*judged.order[: min(judged.fits, most)], *judged.order[judged.fits :][:most]]
    return [_ranked(known, judged.scored(row)) for row in shown]


async def judged(job_id: int) -> Verdict:
    """Everybody judged, as the robot sees them. NotFound orders.job."""
    return await verdict_on(await known_of_job(job_id, now()))


async def verdict_on(known: Known, rules: Rules | None = None) -> Verdict:
    """`rules` instead of those that hold."""
    from core.dispatch.helping import helps

    found, rules = await _judge(known, rules)
    nobody = helps(found) if not found.fits else []
    names = await called() if nobody else {}
    nobody = [{**one, "what": names.get(one["detail"], "")} for one in nobody]
    return Verdict(rules, found.best(MOST_RANKED), found.rejected(), nobody, found.fits)


async def trial(actor: Actor, rules: Rules, pretend: Mapping[str, Any]) -> tuple[Verdict, Rules]:
    """How `rules` would choose, kept or not: for the open order `order_id`, or as if there were one at `site_id` of a
    `kind`, with a `priority` and `skills`; and which rules hold for it now."""
    actor.require("company.edit")
    if order_id := pretend.get("order_id"):
        await access_order(actor, order_id)
        job = await fetchrow("SELECT id FROM orders_jobs WHERE order_id = $1 ORDER BY id DESC LIMIT 1", order_id)
        if job is None:
            raise NotFound("orders", id=order_id)
        known = await known_of_job(job["id"], now())
    else:
        known = await known_of_site(pretend["site_id"], pretend["kind"], pretend["priority"], pretend["skills"], now())
    return await verdict_on(known, rules), choose(await rulesets(), known.about) or rules


async def rules_for(about: Mapping[str, Any]) -> Rules:
    """Those that hold for a job now; `about` as `Known` tells it."""
    listed = await rulesets()
    return choose(listed, about) or listed[0]


async def _judge(known: Known, rules: Rules | None) -> tuple[Any, Rules]:
    from core.dispatch.crew import Crew
    from core.dispatch.scoring import judge, left

    rules = rules or await rules_for(known.about)
    crew = Crew.of(known.candidates)
    near = await ways(known.need, left(known.need, crew, rules.weights, rules.off))
    return judge(known.need, crew.placed(near), rules.weights, rules.off), rules


def _ranked(known: Known, one: Scored) -> Ranked:
    row = known.rows[one.member_id]
    shown = {"id": row["member_id"], "name": row["name"], "phone": row["phone"], "rating": row["rating"]}
    return Ranked(shown | {"on_duty": row["on_duty_at"] is not None}, one.score, one.terms, one.rejected, one.detail)


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """How the robot chose once. `best`: {id, name, score, terms}; `rejected`: {rule, what, names, n}, of each group
    the first few names; `help` as in `helping.py`; `rules` the rule set's name as it was."""

    job_id: int
    outcome: str
    at: datetime
    fits: int
    rules: dict[str, str]
    best: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    help: list[dict[str, Any]]


_CHOICES = """
SELECT DISTINCT ON (c.job_id) c.*, v.name FROM dispatch_choices c JOIN orders_jobs j ON j.id = c.job_id
LEFT JOIN dispatch_rule_versions v ON v.id = c.ruleset_id WHERE j.order_id = $1 ORDER BY c.job_id, c.id DESC
"""


async def choices(actor: Actor, order_id: int, names: int = 8) -> dict[int, ChoiceView]:
    """The last choice for each job of an order, by job."""
    actor.require("orders.see_all")
    await access_order(actor, order_id)
    rows = await fetch(_CHOICES, order_id)
    shown = {member for row in rows for _, _, ids in parsed(row["rejected"]) for member in ids[:names]}
    known = await fetch("SELECT id, name FROM people_members WHERE id = ANY($1::bigint[])", sorted(shown))
    people, things = {row["id"]: row["name"] for row in known}, await called()
    return {row["job_id"]: _choice(row, people, things, names) for row in rows}


def _choice(row: Any, people: Mapping[int, str], things: Mapping[str, Any], names: int) -> ChoiceView:
    rejected = [
        {"rule": rule, "what": things.get(what, what), "names": [people.get(one, "") for one in ids[:names]],
         "n": len(ids)}
        for rule, what, ids in parsed(row["rejected"])
    ]  # fmt: skip
    name = parsed(row["name"]) or USUAL_NAME
    best, helping = parsed(row["best"]), parsed(row["help"])
    return ChoiceView(row["job_id"], row["outcome"], row["at"], row["fits"], name, best, rejected, helping)


@dataclass(frozen=True, slots=True)
class DemandView:
    """What work asks for. `name`: what the demanded thing is called; `about` what it hangs on (empty for a kind of
    order, whose word the pages know)."""

    id: int
    scope: str
    key: str
    what: str
    code: str
    level: int
    quantity: Any
    name: Any
    about: Any


_DEMANDS = """
SELECT d.*,
  CASE d.what WHEN 'skill' THEN (SELECT to_jsonb(name) FROM people_skills WHERE code = d.code)
    WHEN 'certificate' THEN (SELECT to_jsonb(name) FROM people_certificate_kinds WHERE code = d.code)
    WHEN 'part' THEN (SELECT to_jsonb(name) FROM contracts_price_items WHERE code = d.code)
    ELSE (SELECT to_jsonb(name) FROM people_equipment WHERE code = d.code) END AS name,
  CASE d.scope WHEN 'type' THEN (SELECT to_jsonb(name) FROM assets_types WHERE id::text = d.key)
    WHEN 'customer' THEN (SELECT to_jsonb(name) FROM customers_customers WHERE id::text = d.key)
    WHEN 'site' THEN (SELECT to_jsonb(name || ', ' || address) FROM customers_sites WHERE id::text = d.key)
    WHEN 'contract' THEN (SELECT to_jsonb(number) FROM contracts_contracts WHERE id::text = d.key)
    WHEN 'order' THEN to_jsonb(d.key)
    WHEN 'skill' THEN (SELECT to_jsonb(name) FROM people_skills WHERE code = d.key) END AS about
FROM dispatch_demands d
WHERE ($1::text IS NULL OR (d.scope = $1 AND d.key = $2)) AND ($1 IS NOT NULL OR scope <> 'order')
ORDER BY d.scope, d.key, d.what, d.code
"""


async def demands(scope: str | None = None, key: str = "") -> list[DemandView]:
    """Of one thing, or all but those of single orders."""
    rows = await fetch(_DEMANDS, scope, key)
    return [DemandView(**{**dict(row), "name": parsed(row["name"]), "about": parsed(row["about"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class StopView:
    """`site` empty: none of the customer's sites."""

    id: int
    member_id: int
    member: str
    customer_id: int
    customer: str
    site_id: int | None
    site: str
    reason: str


_STOPS = """
SELECT t.id, t.member_id, m.name AS member, t.customer_id, c.name AS customer, t.site_id, coalesce(s.name, '') AS site,
  t.reason FROM dispatch_stops t JOIN people_members m ON m.id = t.member_id
JOIN customers_customers c ON c.id = t.customer_id LEFT JOIN customers_sites s ON s.id = t.site_id
WHERE ($1::bigint IS NULL OR t.customer_id = $1) AND ($2::bigint IS NULL OR t.member_id = $2)
ORDER BY c.name, m.name, t.id
"""


async def stops(customer_id: int | None = None, member_id: int | None = None) -> list[StopView]:
    """Who is not sent where."""
    return [StopView(**dict(row)) for row in await fetch(_STOPS, customer_id, member_id)]


async def called() -> dict[str, dict[str, str]]:
    """What skills, certificates, tools and vehicles are called, by code."""
    sql = """SELECT code, name FROM people_skills UNION ALL SELECT code, name FROM people_certificate_kinds
             UNION ALL SELECT code, name FROM people_equipment"""
    return {row["code"]: parsed(row["name"]) for row in await fetch(sql)}
