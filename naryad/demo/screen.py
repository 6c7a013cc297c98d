"""What the demo says on the terminal while it starts, and where to look when it has."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from naryad.errors import terminal_words

say = terminal_words()
console = Console(highlight=False)


@contextmanager
def steps() -> Iterator[Callable[[str | None], None]]:
    """`step("servers")` ends the step before and begins the next; None ends the last. Each shows its time."""
    began: tuple[str, float] | None = None
    status = console.status("")

    def finish() -> None:
        nonlocal began
        if began is not None:
            name, since = began
            console.print(f"[green]✓[/] {say.text(f'demo.step.{name}')} [dim]{time.monotonic() - since:.1f} s[/]")
            began = None

    def step(name: str | None) -> None:
        nonlocal began
        finish()
        if name is None:
            status.stop()
            return
        began = name, time.monotonic()
        status.update(say.text(f"demo.step.{name}"))
        if console.is_terminal:
            status.start()
        else:
            console.print(f"… {say.text(f'demo.step.{name}')}")

    try:
        yield step
    finally:
        status.stop()


def addresses(page: str, admin: str, home: Path) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_row(say.text("demo.page"), f"[bold cyan]{page}[/]")
    table.add_row(say.text("demo.admin"), f"[bold cyan]{admin}[/]")
    table.add_row(say.text("demo.home"), str(home))
    table.add_row(say.text("demo.stop"), say.text("demo.stop.how"))
    console.print(Panel(table, title=say.text("demo.ready"), border_style="green", expand=False))
