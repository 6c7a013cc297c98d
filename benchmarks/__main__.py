"""`make bench [name…]`: run every measure, print the table, write `benchmarks/latest.jsonl`.

A measure is a module with `run() -> list[dict]`: name, value, unit, limit (None: told for information), holds.
"""

import importlib
import json
import pkgutil
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import benchmarks

LATEST = Path(__file__).parent / "latest.jsonl"
MEASURES = ("startup", "ingest", "press", "presence", "lists", "acts")


def main(wanted: list[str]) -> int:
    """0 when every limit holds."""
    known = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    names = [name for name in (wanted or MEASURES) if name in known]
    console, rows = Console(), list[dict[str, Any]]()
    for name in names:
        began = time.monotonic()
        with console.status(f"{name}…"):
            found = importlib.import_module(f"benchmarks.{name}").run()
        console.print(f"[dim]{name}: {time.monotonic() - began:.0f} s[/]")
        rows += found
    console.print(table(rows))
    LATEST.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    return 0 if all(row["holds"] is not False for row in rows) else 1


def table(rows: list[dict[str, Any]]) -> Table:
    shown = Table("measure", "value", "unit", "limit", "holds")
    for row in rows:
        limit = "—" if row["limit"] is None else f"{row['limit']:g}"
        holds = "" if row["limit"] is None else "[green]yes[/]" if row["holds"] else "[red]no[/]"
        shown.add_row(
            row["name"],
            f"{row['value']:.3g}" if row["value"] < 1000 else f"{row['value']:.0f}",
            row["unit"],
            limit,
            holds,
        )
    return shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
