"""What Tortoise can't say is written by hand in a migration, and a later one must not lose it."""

import importlib
import re

import asyncpg

NAMED = re.compile(r"CREATE (?:UNIQUE )?INDEX (\w+)|ADD CONSTRAINT (\w+)")


async def test_constraints_written_by_hand_outlive_every_migration(database_url: str) -> None:
    written = importlib.import_module("core.migrations.0002_constraints").FORWARD
    written += importlib.import_module("core.migrations.0007_rotas").CONSTRAINTS
    named = {index or check for index, check in NAMED.findall(written)}
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class")
    finally:
        await connection.close()
    assert len(named) > 30
    assert named - {row["conname"] for row in rows} == set()
