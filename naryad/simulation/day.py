"""One day of a service company, from a seed: who works where, who calls when, and what goes wrong. Pure.

Moments are seconds from local midnight, places are (latitude, longitude), durations are seconds. The town is a disc
with a dense middle. The same seed makes the same day, whoever plays it.
"""

from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt
from random import Random
from typing import Literal

from core.presence.rules import haversine

CENTRE = (55.7558, 37.6173)
RADIUS_KM = 14.0
KM_A_DEGREE = 111.2
SKILLS = ("cooling", "electrics", "coffee", "vending")
SHIFTS = ((8, 17), (9, 18), (10, 19))
OPENING = 7.0 * 3600
CLOSING = 17.5 * 3600
URGENCIES = {"urgent": 8, "high": 22, "normal": 60, "low": 10}
DETOUR, SPEED_KMH, PARKING_S = 1.35, 24.0, 180.0

Place = tuple[float, float]
Trouble = Literal["none", "part", "no_access"]
Said = Literal["accept", "decline", "silence"]
TROUBLES: dict[Trouble, int] = {"none": 93, "part": 4, "no_access": 3}
SAYS: dict[Said, int] = {"accept": 94, "decline": 4, "silence": 2}


@dataclass(frozen=True, slots=True)
class Worker:
    """A technician. `absent`: never comes that day and tells nobody."""

    number: int
    home: Place
    skills: tuple[str, ...]
    begins: float
    ends: float
    absent: bool


@dataclass(frozen=True, slots=True)
class Request:
    """What a customer asks for. `wanted`: when to come, None for as soon as possible. `moves`: when they choose a later
    time. `asks`: when they would ring up to hear who comes and when; who sees it in chat does so only if `rings`."""

    number: int
    at: float
    place: Place
    skill: str
    urgency: str
    work: float
    wanted: tuple[float, float] | None
    trouble: Trouble
    asks: float | None
    rings: bool
    moves: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """How a technician answers one offer, and after how long."""

    said: Said
    after: float


@dataclass(frozen=True, slots=True)
class Day:
    seed: int
    workers: tuple[Worker, ...]
    requests: tuple[Request, ...]


def make_day(seed: int, technicians: int, orders: int) -> Day:
    """A working day of so many technicians and orders."""
    dice = Random(seed)
    workers = tuple(_worker(dice, number) for number in range(technicians))
    requests = sorted((_request(dice, number) for number in range(orders)), key=lambda one: one.at)
    return Day(seed, workers, tuple(requests))


def answer(seed: int, offer: int) -> Answer:
    """The technician's answer to the offer of that number: nearly always yes, within a few minutes."""
    dice = Random(f"{seed}:{offer}")
    said = dice.choices(tuple(SAYS), tuple(SAYS.values()))[0]
    return Answer(said, dice.lognormvariate(3.9, 0.7))


def travel_seconds(a: Place, b: Place) -> float:
    """By car through the town: great circle × detour at 24 km/h and three minutes to park; nothing to where one is."""
    metres = haversine(*a, *b)
    return 0.0 if metres < 1 else metres * DETOUR / SPEED_KMH * 3.6 + PARKING_S


def _worker(dice: Random, number: int) -> Worker:
    begins, ends = dice.choice(SHIFTS)
    skills = tuple(dice.sample(SKILLS, dice.choice((1, 2, 2, 3))))
    return Worker(number, _place(dice), skills, begins * 3600.0, ends * 3600.0, dice.random() < 0.01)


def _request(dice: Random, number: int) -> Request:
    at = dice.triangular(OPENING, CLOSING, 10 * 3600)
    wanted = None
    if dice.random() < 0.3:
        begin = max(at + 3600, dice.uniform(9, 16) * 3600)
        wanted = (begin, begin + 7200)
    work = min(max(dice.lognormvariate(7.75, 0.5), 600), 3 * 3600)
    trouble = dice.choices(tuple(TROUBLES), tuple(TROUBLES.values()))[0]
    asks = at + dice.uniform(900, 5400) if dice.random() < 0.25 else None
    rings = dice.random() < 0.25
    moves = at + dice.uniform(600, 3600) if dice.random() < 0.03 else None
    urgency = dice.choices(tuple(URGENCIES), tuple(URGENCIES.values()))[0]
    return Request(number, at, _place(dice), dice.choice(SKILLS), urgency, work, wanted, trouble, asks, rings, moves)


def _place(dice: Random) -> Place:
    """Half of the places lie in the middle third."""
    reach = RADIUS_KM * (sqrt(dice.random()) if dice.random() < 0.5 else dice.random() / 3)
    angle = dice.uniform(0, 2 * pi)
    lat = CENTRE[0] + reach * sin(angle) / KM_A_DEGREE
    return lat, CENTRE[1] + reach * cos(angle) / (KM_A_DEGREE * cos(radians(lat)))
