"""A process asks the server about each of PostgreSQL's own types once, whatever number of connections it opens."""

from typing import Any

import pytest

from core.kernel import connection
from core.kernel.database import own_connection

VALUES: dict[str, Any] = {"int8[]": [1, None, 3], "text[]": ["а", "b"], "numeric[]": [], "bool[]": [True, False]}


async def _heard(sql: str, *given: Any) -> tuple[Any, list[str]]:
    """What a new connection answers, and all that it said to the server for it."""
    heard: list[str] = []
    line = await own_connection()
    try:
        line.add_query_logger(lambda record: heard.append(record.query))
        return await line.fetchval(sql, *given), heard
    finally:
        await line.close()


@pytest.mark.parametrize("kind", VALUES)
async def test_the_second_connection_does_not_ask(desk: str, kind: str) -> None:
    sql, value = f"SELECT $1::{kind}", VALUES[kind]
    assert (await _heard(sql, value))[0] == value
    assert await _heard(sql, value) == (value, [sql])


async def test_a_type_of_the_database_is_asked_for_each_time(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may mean something else in another database."""
    monkeypatch.setattr(connection, "_known", {})
    line = await own_connection()
    await line.execute("CREATE DOMAIN metres AS numeric; CREATE TYPE mood AS ENUM ('calm')")
    await line.close()
    for _ in range(2):
        answer, heard = await _heard("SELECT array['calm'::mood]")
        assert answer == ["calm"]
        assert len(heard) > 1
    assert not connection._known
