"""How late an effect was, and by whose doing.

`late` is all of it: real seconds from the moment the clock passed the due time to the end of the effect's transaction.
Of these the soak itself answers for `absent`, in which it had killed every worker, and the machine for `machine`, which
the control (`probe.py`) waited too. What is left, `own`, is *load time*: the desk's. Of many rows of the control that
were late in one effect's time only the longest counts, so that the desk is never excused twice.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Span = tuple[float, float]
LIMIT_S = 1.0
FOREVER = float("inf")


def _common(one: Span, other: Span) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def gaps(lives: Iterable[Span], since: float) -> list[Span]:
    """The spans from `since` on in which nobody was alive, the last one open; `lives` is each worker's time, from when
    it could work to its death."""
    found, upto = [], since
    for begun, over in sorted(lives):
        if begun > upto:
            found.append((upto, begun))
        upto = max(upto, over)
    return found if upto == FOREVER else [*found, (upto, FOREVER)]


@dataclass(frozen=True, slots=True)
class Late:
    """One effect. `began`: when the transaction did that brought it; `how`: the time came by itself (`crept`) or the
    clock was `moved` over it; `before`: effects done while it was due and waited; `killed`: workers killed then."""

    what: str
    told: str
    how: str
    passed: float
    began: float
    real: float
    absent: float
    machine: float
    before: int
    killed: int

    @property
    def late(self) -> float:
        return max(self.real - self.passed, 0.0)

    @property
    def own(self) -> float:
        """The desk's own part."""
        return max(self.late - self.absent - self.machine, 0.0)

    def why(self) -> str:
        """The parts, in seconds, for a reader."""
        waited, took = max(self.began - self.passed, 0.0), self.real - max(self.began, self.passed)
        parts = [f"waited {waited:.2f} (behind {self.before} others)", f"was done in {took:.2f}"]
        parts += [f"nobody was alive for {self.absent:.2f}"] if self.absent else []
        parts += [f"the control waited {self.machine:.2f}"]
        parts += [f"{self.killed} workers were killed meanwhile"] if self.killed else []
        return f"{self.what} {self.told}, {self.how}: {self.late:.2f} late, own {self.own:.2f}; {', '.join(parts)}"


@dataclass
class Judge:
    """What else went on: `beats` of the control (due, done), `without`: spans without any worker, `done`: ends of all
    effects, `kills`. All in order."""

    beats: Sequence[Span]
    without: Sequence[Span]
    done: Sequence[float]
    kills: Sequence[float]

    def __post_init__(self) -> None:
        self._beats_over = [over for _, over in self.beats]

    def late(self, what: str, told: str, how: str, passed: float, began: float, real: float) -> Late:
        span = (passed, real)
        absent = sum(_common(span, one) for one in self.without)
        before, killed = (self._within(listed, span) for listed in (self.done, self.kills))
        return Late(what, told, how, passed, began, real, absent, self._machine(span), before, killed)

    def _machine(self, span: Span) -> float:
        """The longest that the control waited within the span, while somebody was alive."""
        first = bisect_right(self._beats_over, span[0])
        longest = 0.0
        for one in self.beats[first:]:
            if one[0] >= span[1]:
                break
            both = (max(one[0], span[0]), min(one[1], span[1]))
            longest = max(longest, _common(one, span) - sum(_common(both, away) for away in self.without))
        return longest

    @staticmethod
    def _within(listed: Sequence[float], span: Span) -> int:
        return max(0, bisect_right(listed, span[1] - 1e-6) - bisect_right(listed, span[0]))


def figures(seconds: Iterable[float]) -> str:
    """How many there are and how they are spread."""
    listed = sorted(seconds)
    if not listed:
        return "0"
    shares = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999))
    spread = ", ".join(f"{name} {listed[min(len(listed) - 1, int(len(listed) * share))]:.3f}" for name, share in shares)
    return f"{len(listed):,}: {spread}, max {listed[-1]:.3f}, over {LIMIT_S:g} s: {sum(s > LIMIT_S for s in listed)}"


WAYS: dict[str, Callable[[Late], bool]] = {
    "came by itself": lambda one: one.how == "crept" and not one.absent,
    "the clock was moved over": lambda one: one.how == "moved" and not one.absent,
    "no worker was alive": lambda one: one.absent > 0,
}
"""How a due time came."""
