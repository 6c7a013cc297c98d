"""All that follows from an event: one file per room of cause. Importing this package registers every reaction.

Reactions write rows only, in the transaction of their event; notices are gathered by `audience` and rendered from
one look at the order when the work commits.
"""

from core.reactions import (
    assets,
    chats,
    checklists,
    company,
    dispatch,
    documents,
    files,
    groups,
    guests,
    hooks,
    jobs,
    orders,
    plan,
    presence,
    ratings,
    schedule,
    sla,
    sources,
    twins,
)

__all__ = [
    "assets",
    "chats",
    "checklists",
    "company",
    "dispatch",
    "documents",
    "files",
    "groups",
    "guests",
    "hooks",
    "jobs",
    "orders",
    "plan",
    "presence",
    "ratings",
    "schedule",
    "sla",
    "sources",
    "twins",
]
