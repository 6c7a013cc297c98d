"""One side of a replay: who would have been where, had the robot chosen by these rules. Pure; no table, no clock.

The robot's own code chooses (`core/dispatch/scoring.py`), the planner's times the visits (`core/plan/rules.py`); this
keeps what the choice changes: whose hands are full, where they are, what they still have to visit.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from core.dispatch.planning.instance import Point
from core.dispatch.rules import Candidate, JobNeed, Stop, Way
from core.dispatch.rulesets import Rules, choose
from core.plan.rules import Day, Job, Person, Visit, timed, way, with_new
from core.replay.rules import Done, PastJob, Worker, kilometres, shift_of

AHEAD = 3 * 86_400
FRESH = 4 * 3600
LEAST_BUSY = 5.0
"""As the robot looks ahead at shifts, as long as it trusts a position, and how many minutes it gives to a visit that
takes longer than planned (`core/dispatch/facts.py`)."""


@dataclass(slots=True)
class Turn:
    """A shift with its visits: those that have begun (with the way there) stay, those ahead may still change order.
    `real`: a shift; else somebody was sent without one."""

    start: int
    end: int
    real: bool = True
    begun: list[Visit] = field(default_factory=list)
    ahead: list[Visit] = field(default_factory=list)


class Side:
    """`rules` are all rule sets with the usual one first; `pause` is how many seconds pass until somebody has a job."""

    def __init__(
        self,
        rules: Sequence[Rules],
        workers: Mapping[int, Worker],
        jobs: Mapping[int, PastJob],
        pause: int = 0,
        zone: tzinfo = UTC,
    ) -> None:
        self.rules, self.workers, self.jobs, self.pause, self.zone = rules, workers, jobs, pause, zone
        self.turns = {one.id: [Turn(*shift) for shift in one.shifts] for one in workers.values()}
        self.begins = sorted({start for one in workers.values() for start, _ in one.shifts})
        for job in sorted((one for one in jobs.values() if one.held), key=lambda one: one.arrived or 0):
            if job.member is not None and job.arrived is not None:
                shift, turns = shift_of(workers[job.member], job.arrived), self.turns[job.member]
                if shift is None:
                    turns.append(Turn(job.arrived, job.arrived, real=False))
                self._put(job.member, turns[-1 if shift is None else shift], job.id, job.at)

    def judge(self, need: JobNeed, about: Mapping[str, Any], candidates: Sequence[Candidate]) -> tuple[Rules, Any]:
        """The rules that hold for the job, and the robot's verdict on everybody as they would have been then."""
        from core.dispatch.crew import Crew
        from core.dispatch.scoring import judge

        rules = choose(self.rules, about) or self.rules[0]
        crew = Crew.of([self._seen(one, need) for one in candidates])
        return rules, judge(need, crew, rules.weights, rules.off)

    def give(self, job_id: int, member: int, now: int) -> None:
        """Somebody has the job from then on."""
        job = self.jobs[job_id]
        begin = max(now + self.pause, job.window[0] if job.window else 0)
        self._put(member, self._turn(member, begin), job_id, now)

    def settle(self, now: int) -> None:
        """Whoever has set out by then goes on."""
        for turns in self.turns.values():
            for turn in turns:
                while turn.ahead and turn.ahead[0].start - turn.ahead[0].travel <= now:
                    turn.begun.append(turn.ahead.pop(0))

    def next_begin(self, now: int) -> int | None:
        """When somebody comes to work next."""
        at = bisect_right(self.begins, now)
        return self.begins[at] if at < len(self.begins) else None

    def visits(self) -> list[Done]:
        """All that was visited, with the ways."""
        found = []
        for member, turns in self.turns.items():
            for turn in turns:
                here = self.workers[member].home
                for one in (*turn.begun, *turn.ahead):
                    place = self.jobs[one.job_id].place
                    found.append(
                        Done(one.job_id, member, one.start, one.end, way(here, place), kilometres(here, place))
                    )
                    here = place or here
        return found

    def _seen(self, one: Candidate, need: JobNeed) -> Candidate:
        """The candidate as the robot would see them on this side."""
        now, begin = int(need.now.timestamp()), int(need.begin.timestamp())
        turns = self.turns.get(one.member_id, [])
        now_at = next((turn for turn in turns if turn.real and turn.start <= now < turn.end), None)
        shifts = [(turn.start, turn.end) for turn in turns if turn.real and turn.end > now]
        open_, today, running = 0, 0, None
        midnight = _midnight(need.now.astimezone(self.zone))
        for turn in turns:
            going = [visit for visit in turn.begun if visit.end > now]
            open_ += len(going) + len(turn.ahead)
            over = [visit for visit in turn.begun if midnight <= visit.end <= now]
            today += sum(self.jobs[visit.job_id].planned for visit in (*going, *turn.ahead, *over))
            running = going[-1] if going else running
        here = self._here(one, turns, now, running)
        return replace(
            one,
            on_duty=now_at is not None,
            shifts=tuple((_moment(start), _moment(end)) for start, end in shifts if start <= begin + AHEAD),
            lat=here.lat,
            lon=here.lon,
            route=self._route(turns, begin),
            open_jobs=open_,
            busy=self._busy(running, now) if running else 0.0,
            today=float(today),
            refused=None,
            went_home=None,
        )

    def _busy(self, running: Visit, now: int) -> float:
        """Minutes until the running visit is over, as far as the robot could know: as planned, or five more."""
        minutes = (max(running.start, now) - now) / 60 + self.jobs[running.job_id].planned
        return max(minutes - max(0, now - running.start) / 60, LEAST_BUSY)

    def _here(self, one: Candidate, turns: Iterable[Turn], now: int, running: Visit | None) -> Way:
        """Where the running job is, else where they were lately, else home."""
        last = running
        for turn in turns if running is None else ():
            for visit in turn.begun:
                if now - FRESH < visit.end <= now:
                    last = visit
        place = self.jobs[last.job_id].place if last else None
        worker = self.workers.get(one.member_id)
        place = place or (worker.home if worker else None)
        return Way(*place) if place else Way(None, None)

    def _route(self, turns: Sequence[Turn], begin: int) -> tuple[Stop, ...]:
        """The visits that they still have in the shift in which the job would be done."""
        turn = next((turn for turn in turns if turn.end > begin), None)
        jobs = [self.jobs[visit.job_id] for visit in turn.ahead] if turn else []
        return tuple((*job.place, float(job.planned)) for job in jobs if job.place)

    def _turn(self, member: int, begin: int) -> Turn:
        """The shift in which they can do what may begin then; where there is none, what still keeps them busy or a
        stretch of its own."""
        turns = self.turns.setdefault(member, [])
        found = next((turn for turn in turns if turn.end > begin), None)
        found = found or next((turn for turn in reversed(turns) if _over(turn) > begin), None)
        if found is None:
            found = Turn(begin, begin, real=False)
            turns.append(found)
        return found

    def _put(self, member: int, turn: Turn, job_id: int, now: int) -> None:
        """The visit goes where the planner would put it; what would begin after the shift waits for the next one."""
        job, turns = self.jobs[job_id], self.turns[member]
        floor = None
        if not turn.ahead and (not turn.begun or turn.begun[-1].end <= now):
            floor = max(now + self.pause, turn.start) + way(self._left(member, turn), job.place)
        visits = self._timed(member, turn, [*(one.job_id for one in turn.ahead), job_id], now, floor)
        after = next((one for one in turns if one.start >= turn.end and one is not turn), None)
        late = [one for one in visits if after and turn.real and one.start >= turn.end and not self._held(one.job_id)]
        kept = [one.job_id for one in visits if one not in late]
        turn.ahead = self._timed(member, turn, kept, now, floor) if late else visits
        if after is not None:
            for one in late:
                self._put(member, after, one.job_id, now)

    def _held(self, job_id: int) -> bool:
        return self.jobs[job_id].held

    def _left(self, member: int, turn: Turn) -> Point | None:
        """Where the next way of a shift begins."""
        places = [place for one in turn.begun if (place := self.jobs[one.job_id].place)]
        return places[-1] if places else self.workers[member].home

    def _timed(self, member: int, turn: Turn, route: list[int], now: int, floor: int | None) -> list[Visit]:
        free = max(now, turn.start, turn.begun[-1].end if turn.begun else 0)
        person = Person(member, "", (free, turn.end), None, self._left(member, turn))
        known = {one.job_id for one in turn.ahead}
        jobs = {one: self._job(one, n if one in known else None, floor) for n, one in enumerate(route)}
        day = Day(free, {member: person}, jobs)
        return timed(day, person, with_new(day, member, route))

    def _job(self, job_id: int, seq: int | None, floor: int | None) -> Job:
        """As the planner reads it."""
        job = self.jobs[job_id]
        return Job(
            job.id,
            job.order_id,
            "assigned",
            0,
            job.stay,
            place=job.place,
            window=job.window,
            due=job.due,
            seq=seq,
            pinned=job.held,
            planned=job.arrived if job.held else None,
            floor=floor,
        )


def _over(turn: Turn) -> int:
    """When its last visit ends."""
    visits = turn.ahead or turn.begun
    return visits[-1].end if visits else 0


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _midnight(at: datetime) -> int:
    return int(at.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
