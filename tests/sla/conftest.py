from collections.abc import AsyncIterator

import pytest

from tests.orders.desk import Desk, desk_on


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with desk_on(database_url) as made:
        yield made
