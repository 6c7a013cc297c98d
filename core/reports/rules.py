"""What a finished job must have on record, and what its lines come to. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.kernel.errors import Refusal
from core.kernel.money import Money, total

PHASES = ("before", "after")
LIMIT = Decimal("99999")


@dataclass(frozen=True, slots=True)
class OnRecord:
    """How much of each there is."""

    before: int
    after: int
    works: int


def missing(outcome: str | None, record: OnRecord, *, before: bool, after: bool) -> list[str]:
    """What a job of this outcome still wants: photo_before, photo_after, work_line.

    `before` and `after` are whether the company requires those photos. Nobody was let in: nothing is asked for. A part
    is needed: the photo before shows why. Only what is wholly done has a photo after and at least one work.
    """
    wanted: list[str] = []
    if outcome == "no_access":
        return wanted
    if before and not record.before:
        wanted.append("photo_before")
    if after and not record.after and outcome in ("done", "partly"):
        wanted.append("photo_after")
    if not record.works and outcome == "done":
        wanted.append("work_line")
    return wanted


def check_quantity(quantity: Decimal) -> Decimal:
    """Nothing (takes the line away) up to LIMIT, to the thousandth; `reports.bad_quantity` otherwise."""
    if not quantity.is_finite() or not 0 <= quantity <= LIMIT or quantity != quantity.quantize(Decimal("0.001")):
        raise Refusal("reports.bad_quantity")
    return quantity


def line_sum(quantity: Decimal, price: Decimal) -> Money:
    return Money(price).times(quantity)


def grand_total(lines: Iterable[tuple[Decimal, Decimal]]) -> Money:
    """Of `(quantity, price)`: each line is rounded by itself, as the act prints it."""
    return total(line_sum(quantity, price) for quantity, price in lines)
