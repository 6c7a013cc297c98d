"""How much may move. Pure."""

from decimal import ROUND_HALF_UP, Decimal

from core.kernel.errors import Refusal

STEP = Decimal("0.001")
LIMIT = Decimal("999999")


def amount(quantity: Decimal) -> Decimal:
    """A quantity that may move: more than nothing, to the thousandth. `warehouse.bad_quantity` otherwise."""
    if not quantity.is_finite() or not 0 < quantity <= LIMIT:
        raise Refusal("warehouse.bad_quantity")
    rounded = quantity.quantize(STEP, ROUND_HALF_UP)
    if not rounded:
        raise Refusal("warehouse.bad_quantity")
    return rounded
