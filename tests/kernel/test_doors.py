"""Doors never touch tables: what they need to know they ask of the room that owns it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOORS = ("bot", "webhooks", "admin_web", "api")
"""The simulator keeps chats of its own in a file beside the database, so it may speak SQL; `.importlinter` keeps it
from ours."""
SQL = re.compile(
    r"\b(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|TRUNCATE\s|WITH\s+(RECURSIVE\s+)?\w+\s+AS\s)"
)
READS = {"fetchrow", "fetchval", "executemany"}


def touches(source: str) -> list[str]:
    """Statements and raw reads in a module; words about them in docstrings are no statements."""
    tree = ast.parse(source)
    words = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
            if SQL.search(node.value):
                found.append(f"{node.lineno}: {node.value[:60]}")
        elif isinstance(node, ast.Attribute) and node.attr in READS:
            found.append(f"{node.lineno}: .{node.attr}")
    return found


@pytest.mark.parametrize("door", DOORS)
def test_a_door_holds_no_statement(door: str) -> None:
    files = sorted((ROOT / door).rglob("*.py"))
    assert files
    found = {str(file.relative_to(ROOT)): lines for file in files if (lines := touches(file.read_text()))}
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        'rows = await fetch("SELECT id FROM customers_contacts WHERE id = $1", 1)',
        'await turn.work.execute(f"UPDATE orders_orders SET state = $1 WHERE id = {number}")',
        "name = await w.fetchval(QUERY)",
        'sql = """\n  WITH gone AS (DELETE FROM tasks_tasks) SELECT 1"""',
    ],
)
def test_the_lint_sees_a_statement(source: str) -> None:
    assert touches(source)


def test_the_lint_knows_words_from_statements() -> None:
    assert (
        touches('"""SELECT nothing: a docstring."""\nlabel = "Select a site"\nmade = hashlib.new("sha256").update(b"")')
        == []
    )
