"""What a worker does when its time comes: the modules whose tasks and timers register themselves when imported.

All of them are named here, since a process that is only a worker has neither bots nor pages that would bring the others
along: what is due would wait for ever. `tests/naryad/test_background.py` holds this list against the source.
"""

import importlib

ROOMS = (
    "core.assets.labels",
    "core.assets.showing",
    "core.channels.actions",
    "core.dispatch.actions",
    "core.dispatch.ladders",
    "core.documents.actions",
    "core.files.actions",
    "core.hooks.telling",
    "core.orders.actions.locate",
    "core.plan.proposals",
    "core.plan.refresh",
    "core.presence.actions",
    "core.reactions.groups",
    "core.reactions.jobs",
    "core.replay.actions",
    "core.schedule.actions.rotas",
    "core.schedule.actions.swaps",
    "core.sla.actions",
    "core.sources.follow.confirm",
    "core.sources.follow.fetched",
    "core.sources.follow.media",
    "core.sources.follow.recordings",
    "core.sources.polls.worker",
    "core.sources.reads.worker",
    "core.sources.requests",
    "core.todo.board",
    "webhooks.mail.files",
    "webhooks.stored",
)


def learn() -> None:
    """Know how to do all of it, before the first task or timer is taken."""
    for name in ROOMS:
        importlib.import_module(name)
