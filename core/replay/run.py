"""The replay itself: each order of the period as it came, judged on both sides by the robot's own facts and scores.

It reads the desk and writes nothing; what is slow is that it asks for the facts of every order anew. Import it in a
process of its own (`core/replay/serve.py`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from heapq import heappop, heappush
from typing import Any

from core.company.queries import company
from core.dispatch.facts import Known, known_of_job
from core.dispatch.rules import Scored
from core.dispatch.rulesets import Rules
from core.kernel.clock import now
from core.orders.queries import lifecycle
from core.orders.rules import first_stage
from core.replay.past import Past, as_if, past
from core.replay.rules import (
    AFTER,
    BEFORE,
    MOST_ROWS,
    TRUTH,
    Done,
    Figures,
    PastJob,
    figures,
    judged_orders,
    truth,
)
from core.replay.side import Side

AGAIN = ("off_shift", "absent", "full")
"""What passes by itself: while only this stands against somebody, the robot asks again when people come to work."""
PATIENCE = 86_400
Told = Callable[[float], None]


@dataclass(slots=True)
class Choices:
    """What the robot chose on one side, by job. `rivals`: how it judged whoever has the job on the other side;
    `nobody`: who found nobody at once."""

    side: Side
    chosen: dict[int, Scored] = field(default_factory=dict)
    rivals: dict[int, Scored] = field(default_factory=dict)
    rules: dict[int, Rules] = field(default_factory=dict)
    nobody: set[int] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)


async def replayed(
    first: date, last: date, before: Sequence[Rules], after: Sequence[Rules], told: Told, rota: Any = None
) -> dict[str, Any]:
    """The result as `core/replay/rules.py` describes it; `told` hears the share that is done."""
    known, zone = await past(first, last), (await company()).tz
    stage = str(first_stage(await lifecycle(), "new")["code"])
    workers = await as_if(known, rota["data"], rota["members"]) if rota else known.workers
    sides = [
        Choices(Side(rules, team, known.jobs, known.pause, zone))
        for rules, team in ((before, known.workers), (after, workers))
    ]
    share = 0.0
    queue = [(job.at, n, (True, True)) for n, job in enumerate(known.fresh)]
    while queue:
        at, n, which = heappop(queue)
        job = known.fresh[n]
        facts = await _facts(job, at, stage)
        verdicts = [_decided(one, job, facts, at) if asked else None for one, asked in zip(sides, which, strict=True)]
        _compare(sides, verdicts, job.id)
        again = [_again(one, verdict, job, at) for one, verdict in zip(sides, verdicts, strict=True)]
        for then in {then for then in again if then is not None}:
            heappush(queue, (then, n, (again[0] == then, again[1] == then)))
        share = max(share, n / len(known.fresh))
        told(share)
    return _result(known, sides)


async def _facts(job: PastJob, at: int, stage: str) -> Known:
    """What the robot knew then, but for what hangs on the side: a promise that was kept since stood then, and the job
    was at its first stage."""
    found = await known_of_job(job.id, datetime.fromtimestamp(at, UTC))
    due = None if job.due is None else datetime.fromtimestamp(job.due, UTC)
    return replace(found, need=replace(found.need, due_at=due), about={**found.about, "stage": stage})


def _decided(choices: Choices, job: PastJob, facts: Known, at: int) -> Any:
    """The verdict; the job goes to the best, if anybody fits."""
    choices.side.settle(at)
    rules, verdict = choices.side.judge(facts.need, facts.about, facts.candidates)
    choices.rules[job.id] = rules
    if verdict.fits:
        best = verdict.best(1)[0]
        choices.chosen[job.id] = best
        choices.side.give(job.id, best.member_id, at)
    elif job.id not in choices.nobody:
        choices.nobody.add(job.id)
        for code, _, members in verdict.rejected():
            choices.reasons[code] += len(members)
    return verdict


def _compare(sides: Sequence[Choices], verdicts: Sequence[Any], job_id: int) -> None:
    """Where the sides choose apart at the same moment, each tells what it thinks of the other's."""
    if any(one is None for one in verdicts):
        return
    for mine, other, verdict in ((sides[0], sides[1], verdicts[0]), (sides[1], sides[0], verdicts[1])):
        theirs = other.chosen.get(job_id)
        if theirs is not None and (job_id not in mine.chosen or mine.chosen[job_id].member_id != theirs.member_id):
            row = next(n for n, one in enumerate(verdict.crew.people) if one.member_id == theirs.member_id)
            mine.rivals[job_id] = verdict.scored(row)


def _again(choices: Choices, verdict: Any, job: PastJob, at: int) -> int | None:
    """When to ask once more where nobody fits, if that may help."""
    if verdict is None or verdict.fits or not any(code in AGAIN for code, _ in verdict.almost()):
        return None
    then = choices.side.next_begin(at)
    return then if then is not None and then <= max(job.at, (job.window or (0, 0))[0]) + PATIENCE else None


def _result(known: Past, sides: Sequence[Choices]) -> dict[str, Any]:
    due = judged_orders(known.jobs.values(), int(now().timestamp()))
    shifts = [one for choices in sides for one in choices.side.workers.values()]
    team = sorted({one.id for one in shifts if any(start < known.midnights[-2] for start, _ in one.shifts)})
    really = truth(known.jobs.values(), known.workers, known.midnights)
    visits = {TRUTH: really, BEFORE: sides[0].side.visits(), AFTER: sides[1].side.visits()}
    nobody = {TRUTH: sum(job.asked_help for job in known.fresh)}
    nobody |= {BEFORE: len(sides[0].nobody), AFTER: len(sides[1].nobody)}
    workers = {TRUTH: known.workers, BEFORE: sides[0].side.workers, AFTER: sides[1].side.workers}
    told = {side: figures(found, known.jobs, workers[side], team, due, nobody[side]) for side, found in visits.items()}
    rows = [row for job in known.fresh if (row := _row(job, visits, sides))]
    return {
        "jobs": len(known.fresh),
        "left_out": known.left_out,
        "homeless": sum(known.workers[one].home is None for one in team),
        "placeless": sum(job.place is None for job in known.fresh),
        "pause": known.pause,
        "sides": {side: _plain(one) for side, one in told.items()},
        "people": {str(one.id): one.name for one in known.workers.values()},
        "reasons": {name: one.reasons.most_common() for name, one in zip((BEFORE, AFTER), sides, strict=True)},
        "changed": len(rows),
        "otherwise": sum(_had(job, sides[0]) != job.member for job in known.fresh),
        "rows": rows[:MOST_ROWS],
    }


def _plain(one: Figures) -> dict[str, Any]:
    return {**one.plain(), "sla": one.sla, "spread": one.spread}


def _had(job: PastJob, choices: Choices) -> int | None:
    chosen = choices.chosen.get(job.id)
    return chosen.member_id if chosen else None


def _row(job: PastJob, visits: dict[str, list[Done]], sides: Sequence[Choices]) -> dict[str, Any] | None:
    """What the change does to an order, if somebody else has it or nobody: `{"job", "order", "title", "at", "due",
    "truth", "before", "after"}`; of each side `{member, start}`, of a replay also `rules` (a name), `score`, `terms`,
    and `rival`: the other side's technician as this side judged them."""
    if _had(job, sides[0]) == _had(job, sides[1]):
        return None
    told: dict[str, Any] = {"job": job.id, "order": job.order_id, "title": job.title, "at": job.at, "due": job.due}
    told[TRUTH] = {"member": job.member, "start": job.arrived}
    for name, one in zip((BEFORE, AFTER), sides, strict=True):
        start = next((visit.start for visit in visits[name] if visit.job_id == job.id), None)
        chosen, rival = one.chosen.get(job.id), one.rivals.get(job.id)
        told[name] = {
            "member": chosen.member_id if chosen else None,
            "start": start,
            "rules": dict(one.rules[job.id].name),
            "score": chosen.score if chosen else None,
            "terms": list(chosen.terms) if chosen else [],
            "rival": asdict(rival) if rival else None,
        }
    return told
