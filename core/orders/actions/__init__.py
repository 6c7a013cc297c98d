"""What is done to orders and jobs, one verb each, inside a running `work(actor)`.

Every verb locks the order before the job, refuses what does not fit the state, writes the timeline, raises the
revisions and tells the event. `orders.wrong_state` carries `verb` and `state`.
"""

from core.orders.actions.change import (
    ask_help,
    cancel,
    cancel_job,
    change,
    close,
    give_to_groups,
    leave,
    promise,
    reschedule,
    set_comment,
    set_eta,
    set_priority,
    settle,
)
from core.orders.actions.create import add_job, add_return, create, reopen
from core.orders.actions.hands import accept_job, assign, offer_job, retract_job, set_fee, unassign, unmoved
from core.orders.actions.lifecycle import save_lifecycle, set_stage
from core.orders.actions.locate import look_up
from core.orders.actions.merge import fold, unfold
from core.orders.actions.steps import arrive, finish, pause, resume, step_back, travel
from core.orders.actions.store import hold_politely, locked_job, locked_order, touch
from core.orders.actions.timeline import attach, keyed, note, noted

__all__ = [
    "accept_job",
    "add_job",
    "add_return",
    "arrive",
    "ask_help",
    "assign",
    "attach",
    "cancel",
    "cancel_job",
    "change",
    "close",
    "create",
    "finish",
    "fold",
    "give_to_groups",
    "hold_politely",
    "keyed",
    "leave",
    "locked_job",
    "locked_order",
    "look_up",
    "note",
    "noted",
    "offer_job",
    "pause",
    "promise",
    "reopen",
    "reschedule",
    "resume",
    "retract_job",
    "save_lifecycle",
    "set_comment",
    "set_eta",
    "set_fee",
    "set_priority",
    "set_stage",
    "settle",
    "step_back",
    "touch",
    "travel",
    "unassign",
    "unfold",
    "unmoved",
]
