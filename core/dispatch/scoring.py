"""Who fits a job, and how well. Pure; columns of numpy, so that ten thousand candidates take milliseconds.

First the hard rules reject, then the terms weigh; one candidate is judged by the same code as ten thousand. Import it
when it is needed: numpy is heavy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from core.dispatch.crew import REFUSED, Crew, Flags, Floats, across
from core.dispatch.rules import (
    DEFAULT_WEIGHTS,
    DETOUR,
    EARTH_KM,
    MOST_LATE,
    MOST_VISITS,
    MOST_WAIT,
    ON_DUTY_COVERS,
    REJECTIONS,
    RESERVE,
    SPEED_KMH,
    STOP_MINUTES,
    TERMS,
    UNKNOWN_TRAVEL,
    URGENCY,
    USUAL_RATING,
    Candidate,
    JobNeed,
    Scored,
    Term,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on a whole crew, in columns. `no` says whom each hard rule rejects; `first` is the first of them or
    -1; `minutes` of the terms add up to `score`; `order` lists the candidates, those who fit first, best first."""

    job: JobNeed
    crew: Crew
    no: Mapping[str, Flags]
    first: NDArray[np.int64]
    values: Mapping[str, Floats]
    minutes: Mapping[str, Floats]
    score: Floats
    order: NDArray[np.int64]

    @property
    def fits(self) -> int:
        """How many fit."""
        return int((self.first < 0).sum())

    def best(self, most: int) -> list[Scored]:
        """The best of those who fit."""
        return [self.scored(row) for row in self.order[: min(most, self.fits)]]

    def all(self) -> list[Scored]:
        return [self.scored(row) for row in self.order]

    def scored(self, row: int) -> Scored:
        one = self.crew.people[row]
        if self.first[row] >= 0:
            code = REJECTIONS[self.first[row]]
            return Scored(one.member_id, one.name, 0.0, (), code, detail(self.job, one, code))
        terms = tuple(
            _told(code, float(self.values[code][row]), float(self.minutes[code][row]))
            for code in TERMS
            if self.minutes[code][row] or code == "travel"
        )
        return Scored(one.member_id, one.name, float(self.score[row]), terms)

    def rejected(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """Everybody who was rejected, by reason and what is missing: (rule, detail, ids), the commonest first."""
        groups: dict[tuple[str, str], list[int]] = {}
        for row in np.flatnonzero(self.first >= 0).tolist():
            one, code = self.crew.people[row], REJECTIONS[self.first[row]]
            groups.setdefault((code, detail(self.job, one, code)), []).append(one.member_id)
        found = [(code, what, tuple(ids)) for (code, what), ids in groups.items()]
        return sorted(found, key=lambda group: -len(group[2]))

    def almost(self) -> list[tuple[str, Candidate]]:
        """Those whom one rule alone keeps from the job, with that rule; best first by their score."""
        against = np.add.reduce([said.astype(np.int64) for said in self.no.values()])
        alone = np.flatnonzero(against == 1).tolist()
        near = sorted(alone, key=lambda row: (self.score[row], self.crew.ids[row]))
        return [(REJECTIONS[self.first[row]], self.crew.people[row]) for row in near]


def _told(code: str, value: float, minutes: float) -> Term:
    return {"code": code, "value": None if np.isnan(value) else round(value, 1), "minutes": minutes}


def detail(job: JobNeed, one: Candidate, code: str) -> str:
    """What is missing where a rule said no: the code of a skill, a certificate, a tool; empty where the rule says
    all."""
    if code in ("skill", "level"):
        lacking = [skill for skill, need in job.skills.items() if one.skills.get(skill, 0) < need]
        return min((skill for skill in lacking if (skill in one.skills) is (code == "level")), default="")
    if code == "certificate":
        return min((name for name in job.certificates if not holds(one, name, job.visit_day)), default="")
    if code in ("vehicle", "tool"):
        return min((job.vehicles if code == "vehicle" else job.tools) - one.kit, default="")
    return ""


def holds(one: Candidate, certificate: str, day: date) -> bool:
    """Whether the certificate is there and valid on that day."""
    until = one.certificates.get(certificate, date.min)
    return until is None or until >= day


def score(job: JobNeed, candidate: Candidate, weights: Mapping[str, float] | None = None) -> Scored:
    """Judge one candidate; `weights` replace the defaults by code."""
    return judge(job, Crew.of([candidate]), weights).scored(0)


def rank(job: JobNeed, candidates: Iterable[Candidate], weights: Mapping[str, float] | None = None) -> list[Scored]:
    """Everybody judged: those who fit, best first, then the rejected."""
    return judge(job, Crew.of(list(candidates)), weights).all()


def left(job: JobNeed, crew: Crew, weights: Mapping[str, float], off: Iterable[str]) -> list[int]:
    """Of whom it matters where they are: those who fit; where nobody does, those whom one rule alone keeps away."""
    against = np.zeros(len(crew), np.int64)
    for column in _rules(job, crew, {**DEFAULT_WEIGHTS, **weights}, off).values():
        against += column
    fewest = 0 if (against == 0).any() else 1
    return [int(id) for id in crew.ids[against == fewest]]


def _rules(job: JobNeed, crew: Crew, rates: Mapping[str, float], off: Iterable[str]) -> dict[str, Flags]:
    """Whom each hard rule that counts rejects. How to ask people from outside matters only where the robot may."""
    said = _hard(job, crew, rates["max_open"])
    idle = {*off} if "contractor" in off else {*off, "by_phone"}
    return {code: said[code] for code in REJECTIONS if code not in idle}


def judge(
    job: JobNeed, crew: Crew, weights: Mapping[str, float] | None = None, off: Iterable[str] = frozenset()
) -> Judged:
    """Judge everybody; `weights` replace the defaults by code, the hard rules in `off` don't count."""
    rates = {**DEFAULT_WEIGHTS, **weights} if weights else DEFAULT_WEIGHTS
    no = _rules(job, crew, rates, off)
    first = np.full(len(crew), -1)
    for n, code in reversed(list(enumerate(REJECTIONS))):
        if code in no:
            first[no[code]] = n
    terms = _terms(job, crew, first < 0)
    values = {code: terms[code][0] for code in TERMS}
    minutes = {code: _quarters(terms[code][1], rates[code]) for code in TERMS}
    total = np.zeros(len(crew))
    for column in minutes.values():
        total += column
    fit, out = np.flatnonzero(first < 0), np.flatnonzero(first >= 0)
    order = np.concatenate([fit[np.lexsort((crew.ids[fit], total[fit]))], out])
    return Judged(job, crew, no, first, values, minutes, total, order)


def _quarters(amount: Floats, rate: float) -> Floats:
    """Minutes of travel, to the quarter; what is unknown costs nothing."""
    exact = np.rint(amount * (4 * rate))
    exact[np.isnan(exact)] = 0.0
    return exact / 4


def _hard(job: JobNeed, crew: Crew, max_open: float) -> dict[str, Flags]:
    """Who is rejected, by rule."""
    nobody = np.zeros(len(crew), bool)
    level = {code: crew.level(crew.skills, code) for code in job.skills}
    day = job.visit_day.toordinal()
    outsider = crew.flags["contractor"]
    off = ~works_then(job, crew) & ~outsider
    there = [crew.level(crew.areas, area) > 0 for area in job.areas or ()]
    outside = nobody if job.areas is None else ~crew.flags["anywhere"] & ~_any(there, nobody)
    absent = _overlaps(crew.gone, crew.back, *_stretch(job))
    return {
        "inactive": ~crew.flags["active"],
        "contractor": outsider,
        "by_phone": outsider & ~crew.flags["by_bot"],
        **{name: crew.refused == n for n, name in enumerate(REFUSED)},
        "stopped": crew.flags["stopped"],
        "skill": _any([level[code] == 0 for code in job.skills], nobody),
        "level": _any([(level[code] > 0) & (level[code] < need) for code, need in job.skills.items()], nobody),
        "certificate": _any([crew.level(crew.certificates, code) < day for code in job.certificates], nobody),
        "vehicle": _any([crew.level(crew.kit, code) == 0 for code in job.vehicles], nobody),
        "tool": _any([crew.level(crew.kit, code) == 0 for code in job.tools], nobody),
        "area": outside,
        "absent": absent,
        "off_shift": off & ~absent,
        "full": crew.numbers["open_jobs"] >= max_open,
    }


def _any(columns: Sequence[Flags], nobody: Flags) -> Flags:
    found = nobody.copy()
    for column in columns:
        found |= column
    return found


def _stretch(job: JobNeed) -> tuple[float, float]:
    """From when the work may begin to when somebody must have come."""
    begin = job.begin
    return begin.timestamp(), max(begin, job.wanted_to or begin).timestamp()


def _overlaps(starts: Floats, ends: Floats, begin: float, end: float) -> Flags:
    return np.asarray(((starts <= end) & (ends > begin)).any(axis=1))


def works_then(job: JobNeed, crew: Crew) -> Flags:
    """On duty now for what begins within half a day, or a planned shift overlaps the wanted time."""
    planned = _overlaps(crew.starts, crew.ends, *_stretch(job))
    return planned | crew.flags["on_duty"] if job.begin - job.now <= ON_DUTY_COVERS else planned


def _terms(job: JobNeed, crew: Crew, fit: Flags) -> dict[str, tuple[Floats, Floats]]:
    """Of each term: what was measured, and how much of it is weighed."""
    numbers, begin = crew.numbers, job.begin
    urgency = URGENCY[job.priority]
    busy = np.maximum(numbers["busy"] - (begin - job.now).total_seconds() / 60, 0.0)
    wait = _wait(begin, crew)
    travel, there = _inserted(job, crew, busy + wait, urgency)
    way = np.where(np.isnan(travel), UNKNOWN_TRAVEL, travel)
    reserve = _reserve(job, there + busy + wait)
    late, slack = np.maximum(-reserve, 0.0), np.clip(RESERVE - np.maximum(reserve, 0.0), 0.0, RESERVE)
    need = [crew.level(crew.skills, code) - level for code, level in job.skills.items()]
    above = np.zeros(len(crew))
    for n, column in enumerate(need):
        above = column.astype(float) if n == 0 else np.minimum(above, column)
    mean = float(numbers["today"][fit].mean()) if fit.any() else 0.0
    fair = (numbers["today"] - mean) / 60
    cost = numbers["hourly_rate"] * (way + job.duration) / 60

    def flag(column: Flags) -> tuple[Floats, Floats]:
        return column.astype(float), column.astype(float)

    return {
        "travel": (travel, way),
        "priority": (there, np.where(urgency > 1, there, way) * (urgency - 1)),
        "busy": (busy, busy),
        "load": (numbers["open_jobs"], numbers["open_jobs"]),
        "shift": (wait, np.minimum(wait, MOST_WAIT)),
        "late": (late, np.minimum(late, MOST_LATE) * urgency),
        "slack": (np.clip(reserve, 0.0, RESERVE), slack * urgency),
        "responsible": flag(crew.flags["responsible"]),
        "often": (numbers["visits"], np.minimum(numbers["visits"], MOST_VISITS)),
        "asset": flag(crew.flags["knows_asset"]),
        "return": flag(crew.ids == (job.before or 0)),
        "level": (above, above),
        "rating": (numbers["rating"], numbers["rating"] - USUAL_RATING),
        "parts": (numbers["lacks"] * 100, numbers["lacks"]),
        "cost": (cost, cost / 1000),
        "fair": (fair, fair),
    }


def _wait(begin: datetime, crew: Crew) -> Floats:
    """Minutes until somebody who is not on duty comes to work, counted from when the job may begin."""
    at = begin.timestamp()
    ahead = np.where(crew.ends > at, np.maximum(crew.starts - at, 0.0) / 60, np.inf)
    first = ahead.min(axis=1, initial=np.inf)
    return np.where(crew.flags["on_duty"] | np.isinf(first), 0.0, first)


def _reserve(job: JobNeed, minutes: Floats) -> Floats:
    """Minutes between the arrival and the promise; without a promise as many as one likes."""
    if job.due_at is None:
        return np.full(minutes.shape, 1e6)
    earliest = (job.begin - job.now).total_seconds() / 60
    return (job.due_at - job.now).total_seconds() / 60 - np.maximum(minutes, earliest)


def _inserted(job: JobNeed, crew: Crew, first: Floats, urgency: float) -> tuple[Floats, Floats]:
    """The visit goes where it costs least between the visits that each has already: minutes of travel that it adds
    (NaN if a place is unknown), and minutes until the arrival, `first` (what runs, what is waited for) apart. The more
    urgent the job, the more an early place is worth."""
    travel = _travel(job, crew)
    way, route = np.where(np.isnan(travel), UNKNOWN_TRAVEL, travel), crew.route
    if not route.legs.shape[1] or job.lat is None or job.lon is None:
        return travel, way
    nothing = np.zeros((len(crew), 1))
    on = across(route.lat, route.lon, job.lat, job.lon)
    to = np.concatenate([way[:, None], on], axis=1)
    added = to + np.nan_to_num(np.concatenate([on - route.legs, nothing], axis=1))
    there = to + np.concatenate([nothing, route.left], axis=1)
    late = np.maximum(-_reserve(job, there + first[:, None]), 0.0)
    price = added + max(urgency - 1, 0.0) * there + np.minimum(late, MOST_LATE) * urgency
    best = np.where(np.isnan(price), np.inf, price).argmin(axis=1)
    rows = np.arange(len(crew))
    return np.where(np.isnan(travel) & (best == 0), np.nan, added[rows, best]), there[rows, best]


def _travel(job: JobNeed, crew: Crew) -> Floats:
    """Minutes by car through a city: great circle × detour at 28 km/h, three minutes to park; NaN if a place is
    unknown."""
    if job.lat is None or job.lon is None:
        return np.full(len(crew), np.nan)
    a, b = np.radians(crew.numbers["lat"]), np.radians(job.lat)
    step = np.radians(job.lon - crew.numbers["lon"])
    chord = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(step / 2) ** 2
    km = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, chord)))
    return np.asarray(km * DETOUR / SPEED_KMH * 60 + STOP_MINUTES)
