"""The only writers of calendars, rotas, shifts, absences, duties and swaps."""

from core.schedule.actions.absences import (
    ask_absence,
    cancel_absence,
    decide_absence,
    enter_absence,
    plan_duty,
    unplan_duty,
)
from core.schedule.actions.calendars import save_calendar
from core.schedule.actions.days import set_days
from core.schedule.actions.links import close_calendar, open_calendar
from core.schedule.actions.rotas import archive_rota, assign_rota, draw, end_assignment, save_rota
from core.schedule.actions.shifts import close_shift, open_shift, plan_shift, unplan_shift
from core.schedule.actions.swaps import answer_swap, decide_swap, offer_swap, withdraw_swap

__all__ = [
    "answer_swap",
    "archive_rota",
    "ask_absence",
    "assign_rota",
    "cancel_absence",
    "close_calendar",
    "close_shift",
    "decide_absence",
    "decide_swap",
    "draw",
    "end_assignment",
    "enter_absence",
    "offer_swap",
    "open_calendar",
    "open_shift",
    "plan_duty",
    "plan_shift",
    "save_calendar",
    "save_rota",
    "set_days",
    "unplan_duty",
    "unplan_shift",
    "withdraw_swap",
]
