"""The report of simulated days: one HTML file with its pictures inside, which opens anywhere."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.kernel.words import Words
from naryad.simulation.figures import MEASURES, Figures, Interval, interval, ratio

AGAINST = "manual"
BUCKETS = 10
PER_CENT = {"sla", "load", "done"}
Table = dict[str, dict[str, Interval]]


def summed(figures: Sequence[Figures]) -> Table:
    """Of each hand, each measure's mean and interval over the days."""
    hands = dict.fromkeys(one.hand for one in figures)
    return {hand: {name: interval(_values(figures, hand, name)) for name in MEASURES} for hand in hands}


def travel_ratio(figures: Sequence[Figures], hand: str, against: str = AGAINST) -> Interval | None:
    """Minutes of travel a job against another hand's, day by day of those that both played; None if there are none."""
    travel = {(one.hand, one.seed): one.travel for one in figures}
    both = sorted({seed for _, seed in travel if (hand, seed) in travel and (against, seed) in travel})
    if not both or hand == against:
        return None
    return ratio([travel[hand, seed] for seed in both], [travel[against, seed] for seed in both])


def page(figures: Sequence[Figures], technicians: int, orders: int, say: Words) -> str:
    """The whole report in the language of `say`."""
    import jinja2

    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    template = jinja2.Environment(loader=folder, autoescape=True).get_template("report.html")
    table = summed(figures)
    days = len({one.seed for one in figures})
    title = say.text("simulate.title", technicians=technicians, orders=orders)
    return template.render(
        say=say.text,
        lang=say.locale,
        title=title,
        days=say.count("simulate.days", days),
        about=say.text("simulate.about", hands=", ".join(say.text(f"simulate.how.{hand}") for hand in table)),
        charts=[_bars(table, name, say) for name in MEASURES],
        loads=[_histogram(hand, figures, say) for hand in table],
        causes=[_causes(hand, figures, say) for hand in table],
        ratios=[_ratio(hand, figures, say) for hand in table if travel_ratio(figures, hand)],
    )


def shown(name: str, value: float, say: Words) -> str:
    """A measure as people read it."""
    text = say.number(round(value, 1))
    return f"{text} %" if name in PER_CENT else text


def _values(figures: Sequence[Figures], hand: str, name: str) -> list[float]:
    return [getattr(one, name) for one in figures if one.hand == hand]


def _bars(table: Table, name: str, say: Words) -> dict[str, Any]:
    most = max((row[name].high for row in table.values()), default=0) or 1
    rows = [
        {
            "hand": hand,
            "label": say.text(f"simulate.hand.{hand}"),
            "value": shown(name, row[name].mean, say),
            "range": f"{shown(name, row[name].low, say)} … {shown(name, row[name].high, say)}",
            "width": 100 * row[name].mean / most,
            "low": 100 * row[name].low / most,
            "high": 100 * row[name].high / most,
        }
        for hand, row in table.items()
    ]
    return {"title": say.text(f"simulate.measure.{name}"), "hint": say.text(f"simulate.hint.{name}"), "rows": rows}


def _histogram(hand: str, figures: Sequence[Figures], say: Words) -> dict[str, Any]:
    """How many technicians were busy for which part of their shift; beyond the last tenth all the rest."""
    counts = [0] * (BUCKETS + 1)
    for one in figures:
        for load in one.loads if one.hand == hand else ():
            counts[min(math.floor(load * BUCKETS), BUCKETS)] += 1
    most = max(counts) or 1
    bars = [
        {"x": 4 + n * 24, "height": 90 * count / most, "count": count, "label": f"{n * 100 // BUCKETS}"}
        for n, count in enumerate(counts)
    ]
    return {"hand": hand, "label": say.text(f"simulate.hand.{hand}"), "bars": bars}


def _causes(hand: str, figures: Sequence[Figures], say: Words) -> dict[str, Any]:
    total: dict[str, int] = {}
    for one in figures:
        for cause, times in one.causes.items() if one.hand == hand else ():
            total[cause] = total.get(cause, 0) + times
    rows = [
        {"label": say.text(f"simulate.cause.{cause.replace(' ', '_').replace('-', '_')}"), "times": say.number(times)}
        for cause, times in sorted(total.items(), key=lambda pair: -pair[1])
    ]
    return {"label": say.text(f"simulate.hand.{hand}"), "rows": rows}


def _ratio(hand: str, figures: Sequence[Figures], say: Words) -> str:
    found = travel_ratio(figures, hand)
    if found is None:
        raise LookupError(hand)
    name, numbers = say.text(f"simulate.hand.{hand}"), (found.mean, found.low, found.high)
    mean, low, high = (say.number(round(number, 2)) for number in numbers)
    return say.text("simulate.ratio", hand=name, mean=mean, low=low, high=high)
