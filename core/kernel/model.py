"""The base of every room's models: the library's own.

When a class of models is made, the library reads the source of its module once more and parses it, to find comments
that begin with `#:` for the database. We write none there; going without is half of what the models cost at the start.
"""

from typing import Any, cast

import tortoise.models
from tortoise.models import Model

__all__ = ["Model"]


def _no_comments(_model: type[Model]) -> dict[str, str]:
    return {}


cast(Any, tortoise.models)._get_comments = _no_comments
