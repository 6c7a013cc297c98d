"""`make bench`: run every measure, print the table, write `benchmarks/latest.jsonl`; `--write` puts the table into
`benchmarks/README.md` too. Names choose measures: `python -m benchmarks press acts`; what was measured before stays in
the table with its own day and load.

A measure is a module with `run() -> list[dict]`: name, value, unit, limit (None: told for information), holds; `day`
where it is not today's.
"""

import importlib
import json
import os
import pkgutil
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import benchmarks

LATEST = Path(__file__).parent / "latest.jsonl"
README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- table -->", "<!-- end -->"
MEASURES = (
    "startup",
    "ingest",
    "press",
    "presence",
    "lists",
    "acts",
    "hooks",
    "outage",
    "plan",
    "planner",
    "dispatch",
    "days",
)


def main(wanted: list[str]) -> int:
    """0 when every limit holds."""
    known = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    write = "--write" in wanted
    names = [name for name in ([name for name in wanted if name != "--write"] or MEASURES) if name in known]
    console, rows, broken = Console(), list[dict[str, Any]](), list[str]()
    for name in names:
        began = time.monotonic()
        load = os.getloadavg()[0]
        try:
            with console.status(f"{name}…"):
                found = importlib.import_module(f"benchmarks.{name}").run()
        except Exception:
            console.print_exception()
            broken.append(name)
            continue
        console.print(f"[dim]{name}: {time.monotonic() - began:.0f} s[/]")
        today = time.strftime("%Y-%m-%d")
        measured = [{"day": today, **row, "measure": name, "load": round(load, 1)} for row in found]
        rows += measured
        _remember(name, measured, write=write)
    console.print(table(rows))
    if broken:
        console.print(f"[red]not measured: {', '.join(broken)}[/]")
    return 1 if broken or any(row["holds"] is False for row in rows) else 0


def _remember(name: str, measured: list[dict[str, Any]], *, write: bool) -> None:
    """At once: a measure that breaks takes none of the others with it."""
    known = [row for row in _latest() if row["measure"] != name] + measured
    known.sort(key=lambda row: (*MEASURES, row["measure"]).index(row["measure"]))
    LATEST.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in known))
    if write:
        before, _, rest = README.read_text().partition(BEGIN)
        README.write_text(before + BEGIN + markdown(known) + END + rest.partition(END)[2])


def _latest() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LATEST.read_text().splitlines()] if LATEST.exists() else []


def number(value: float) -> str:
    """Three digits that matter, whole above a thousand."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def markdown(rows: list[dict[str, Any]]) -> str:
    """The table as the README shows it, each row with the day and the load of the machine when it began."""
    lines = [
        f"\nMeasured on {os.cpu_count()} cores.\n",
        "| measure | value | unit | limit | holds | day | load |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        limit, holds = ("—", "") if row["limit"] is None else (f"{row['limit']:g}", "yes" if row["holds"] else "**no**")
        value, when = f"{row['name']} | {number(row['value'])} | {row['unit']}", f"{row['day']} | {row['load']}"
        lines.append(f"| {value} | {limit} | {holds} | {when} |")
    return "\n".join(lines) + "\n"


def table(rows: list[dict[str, Any]]) -> Table:
    shown = Table("measure", "value", "unit", "limit", "holds")
    for row in rows:
        limit = "—" if row["limit"] is None else f"{row['limit']:g}"
        holds = "" if row["limit"] is None else "[green]yes[/]" if row["holds"] else "[red]no[/]"
        shown.add_row(row["name"], number(row["value"]), row["unit"], limit, holds)
    return shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
