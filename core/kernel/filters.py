"""Tortoise's filters, prepared when a query first asks for one.

For each field the library makes some dozens of filters (`name__icontains`, `name__gte`, …) and, whenever a database is
opened, goes through all of them of all models once more, to give PostgreSQL's own operators to those that need them:
25,000 steps for the few hundred filters that we use, a quarter of what a desk needs to start.
"""

from copy import copy
from typing import Any, cast

from tortoise.filters import FilterInfoDict
from tortoise.models import MetaInfo


class Filters(dict[str, FilterInfoDict]):
    """A model's filters by name: those that were asked for, and behind them the ones that can be."""

    def __init__(self, model: MetaInfo) -> None:
        super().__init__(model.filters)
        self._model = model

    def __missing__(self, name: str) -> FilterInfoDict:
        found = self._model._filters[name]
        own = self._model.db.executor_class.get_overridden_filter_func(filter_func=found["operator"], filter_info=found)
        if own:
            found = copy(found)
            found["operator"] = own
        self[name] = found
        return found

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._model._filters


def prepare_when_asked() -> None:
    """From now on, for every database that is opened."""
    cast(Any, MetaInfo)._generate_filters = _behind


def _behind(model: MetaInfo) -> None:
    if not isinstance(model.filters, Filters):
        model.filters = Filters(model)
