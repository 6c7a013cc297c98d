"""Which of their means the company's rules use at all: for what none of them uses, no step of a job asks the database.

Every version of the rules counts: clocks of an older one may run yet.
"""

from typing import NamedTuple

from core.kernel.hints import hint
from core.kernel.read import fetchrow
from core.kernel.remembered import Remembered
from core.kernel.work import current

_SAVED = "policies"
_USED = """
SELECT coalesce(bool_or(policies @? '$[*].norms[*]'), false) AS norms,
       coalesce(bool_or(policies @? '$[*].pauses[*]'), false) AS pauses FROM sla_policies
"""


class Used(NamedTuple):
    norms: bool
    pauses: bool


async def _read() -> Used:
    return Used(*(await fetchrow(_USED) or (False, False)))


_used = Remembered(_read, _SAVED)


async def used() -> Used:
    """At most a second old, and never older than the running work's own save."""
    return await _used.get()


def saved() -> None:
    """Another version of the policies was saved in the running work."""
    _used.forget()
    current().on_commit(lambda: hint(_SAVED))
