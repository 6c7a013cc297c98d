"""A filter that is prepared when it is asked for is the one that the library would have prepared."""

from functools import partial
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.backends.asyncpg.executor import AsyncpgExecutor

from core.kernel.filters import Filters


def _told(info: dict[str, Any]) -> dict[str, Any]:
    """Two partial functions of the same are not equal."""
    made = info["operator"]
    return {**info, "operator": (made.func, made.args, made.keywords) if isinstance(made, partial) else made}


async def test_every_filter_is_as_the_library_makes_it(desk: str) -> None:
    compared = 0
    for model in Tortoise.apps.get_models_iterable():
        filters = model._meta.filters
        assert isinstance(filters, Filters)
        for name, plain in model._meta._filters.items():
            own = AsyncpgExecutor.get_overridden_filter_func(filter_func=plain["operator"], filter_info=plain)
            assert name in filters
            assert _told(filters[name]) == _told({**plain, "operator": own or plain["operator"]})
            compared += 1
    assert compared > 10_000


async def test_a_filter_that_there_is_not_is_missed(desk: str) -> None:
    model = next(iter(Tortoise.apps.get_models_iterable()))
    assert "no_such_field__gte" not in model._meta.filters
    with pytest.raises(KeyError):
        model._meta.filters["no_such_field__gte"]
