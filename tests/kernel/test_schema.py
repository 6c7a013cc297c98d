"""What Tortoise can't say is written by hand in a migration, and a later one must not lose it."""

import importlib
import re
from pathlib import Path

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.executor import MigrationTarget
from tortoise.migrations.operations import RunPython

from core.kernel.database import database, migrate, tortoise_config
from core.kernel.migrating import SchemaExecutor

NAMED = re.compile(r"CREATE (?:UNIQUE )?INDEX (\w+)|ADD CONSTRAINT (\w+)")


async def test_constraints_written_by_hand_outlive_every_migration(database_url: str) -> None:
    written = importlib.import_module("core.migrations.0002_constraints").FORWARD
    written += importlib.import_module("core.migrations.0007_rotas").CONSTRAINTS
    written += importlib.import_module("core.migrations.0022_floor_plans").CONSTRAINTS
    written += importlib.import_module("core.migrations.0027_handed").ONCE
    written += importlib.import_module("core.migrations.0029_contractors").CONSTRAINTS
    named = {index or check for index, check in NAMED.findall(written)}
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class")
    finally:
        await connection.close()
    assert len(named) > 30
    assert named - {row["conname"] for row in rows} == set()


def test_data_is_changed_in_sql() -> None:
    """While the schema is brought up to date the models can't be queried (core/kernel/migrating.py)."""
    files = sorted(Path(importlib.import_module("core.migrations").__path__[0]).glob("0*.py"))
    operations = [
        operation
        for file in files
        for operation in importlib.import_module(f"core.migrations.{file.stem}").Migration.operations
    ]
    assert len(operations) > 100
    assert not [operation for operation in operations if isinstance(operation, RunPython)]


FIRST_RELEASE = "0004_sla"
_REQUIRED = """
SELECT table_name, array_agg(column_name::text) AS names, array_agg(data_type::text) AS types
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_nullable = 'NO' AND column_default IS NULL
  AND is_identity = 'NO' GROUP BY 1
"""
ANY_VALUE = {
    "ARRAY": "'{}'",
    "bytea": "'x'",
    "boolean": "false",
    "date": "'2026-01-01'",
    "timestamp with time zone": "'2026-01-01'",
    "jsonb": "'{}'",
    "character varying": "'x'",
    "text": "'x'",
}


async def test_a_desk_with_data_is_brought_up_to_date(empty_database_url: str) -> None:
    """A row in every table that takes one, at the schema of the first desks; then all that came later."""
    config = tortoise_config(empty_database_url, pool=2)
    async with database(empty_database_url, pool=2):
        executor = SchemaExecutor(Tortoise.get_connection("default"), config["apps"])
        await executor.migrate([MigrationTarget("models", FIRST_RELEASE)])
    connection = await asyncpg.connect(empty_database_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        filled = {row["table_name"] for row in await connection.fetch(_REQUIRED) if await _filled(connection, row)}
        required = {row["table_name"]: row for row in await connection.fetch(_REQUIRED)}
        assert await _filled(connection, required["orders_jobs"], state="'new'")
        await connection.execute("UPDATE orders_jobs SET state = 'done', assignee_id = 1, done_at = '2025-12-31'")
    finally:
        await connection.close()
    assert {"customers_contacts", "schedule_shifts", "people_members", "orders_entries"} <= filled
    assert len(filled) > 20
    applied = await migrate(empty_database_url)
    assert len(applied) >= 6
    connection = await asyncpg.connect(empty_database_url)
    try:
        assert await connection.fetchval("SELECT email FROM customers_contacts") == ""
        assert await connection.fetchval(
            "SELECT job_ids = jsonb_build_array(j.id) FROM documents_documents, orders_jobs j"
        )
    finally:
        await connection.close()


async def _filled(connection: "asyncpg.Connection[asyncpg.Record]", row: asyncpg.Record, **known: str) -> bool:
    columns = zip(row["names"], row["types"], strict=True)
    values = ", ".join(known.get(name) or ANY_VALUE.get(kind, "1") for name, kind in columns)
    try:
        await connection.execute(f"INSERT INTO {row['table_name']} ({', '.join(row['names'])}) VALUES ({values})")
    except asyncpg.CheckViolationError:
        return False
    return True
