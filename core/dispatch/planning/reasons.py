"""Why an order is in nobody's route."""

from core.dispatch.planning.instance import Instance, Order
from core.dispatch.planning.problem import NEVER, Problem
from core.dispatch.planning.timing import Routes, cheapest_place

REASONS = ("no_technicians", "unknown_technician", "lock_without_skills", "skills", "past", "windows", "no_room")


def why_dropped(instance: Instance, problem: Problem, unused: Routes, at: int) -> str:
    """One of `REASONS` for order number `at`; `unused` are empty routes. "windows": nobody who may do it gets there
    in time and back before the shift is over, even alone. "no_room": it would cost more than its penalty, or others
    that are worth more had to go."""
    order = instance.orders[at]
    able = [number for number in range(len(instance.technicians)) if problem.allowed[number, at]]
    if not able:
        return _why_nobody(instance, order)
    if all(order.windows[-1][1] < instance.technicians[number].shift[0] for number in able):
        return "past"
    reached = any(cheapest_place(problem, unused, number, at)[0] < NEVER for number in able)
    return "no_room" if reached else "windows"


def _why_nobody(instance: Instance, order: Order) -> str:
    if not instance.technicians:
        return "no_technicians"
    if order.technician is None:
        return "skills"
    known = any(technician.id == order.technician for technician in instance.technicians)
    return "lock_without_skills" if known else "unknown_technician"
