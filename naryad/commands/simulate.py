"""`naryad simulate`: seeded days against the real rooms. The table goes to stdout, the report to --out."""

import asyncio
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import astuple
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from naryad.errors import OperatorError, terminal_words

if TYPE_CHECKING:
    from naryad.simulation.figures import Figures
    from naryad.simulation.kept import Kept

say = terminal_words()


class HandName(StrEnum):
    robot = "robot"
    planner = "planner"
    greedy = "greedy"
    manual = "manual"


USUAL = (HandName.robot, HandName.greedy, HandName.manual)


def simulate(
    days: Annotated[int, typer.Option(min=1, max=1000, help=say.text("help.simulate.days"))] = 3,
    technicians: Annotated[int, typer.Option(min=1, max=2000, help=say.text("help.simulate.technicians"))] = 100,
    orders: Annotated[int, typer.Option(min=1, max=20_000, help=say.text("help.simulate.orders"))] = 450,
    seed: Annotated[int, typer.Option(min=0, help=say.text("help.simulate.seed"))] = 1,
    hand: Annotated[
        list[HandName] | None, typer.Option(help=say.text("help.simulate.hand"), show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="REPORT.html", help=say.text("help.simulate.out"))] = None,
    keep: Annotated[Path | None, typer.Option(metavar="DAYS.jsonl", help=say.text("help.simulate.keep"))] = None,
) -> None:
    from naryad.simulation.kept import read

    for path in (out, keep):
        if path and not path.absolute().parent.is_dir():
            raise OperatorError("plan.no_folder", path=path.absolute().parent)
    hands = dict.fromkeys(one.value for one in hand or USUAL)
    wanted = [(name, number) for number in range(seed, seed + days) for name in hands]
    kept = read(keep, technicians, orders)
    _play(kept, [which for which in wanted if which not in kept.days])
    found = [kept.days[which] for which in wanted]
    _print(found)
    if out:
        from naryad.simulation.report import page

        try:
            out.write_text(page(found, technicians, orders, say), encoding="utf-8")
        except OSError as error:
            raise OperatorError("plan.unwritable", path=out, reason=error.strerror) from error
        typer.echo(say.text("simulate.written", path=out), err=True)


def _play(kept: "Kept", wanted: list[tuple[str, int]]) -> None:
    """What is wanted and not kept yet."""
    from core.kernel import ids, words
    from naryad.simulation.play import play

    async def through(folder: Path, told: Callable[[str, int, float], None]) -> None:
        async with aclosing(play(folder, wanted, kept.technicians, kept.orders, told)) as days:
            async for day in days:
                kept.add(day)

    if not wanted:
        return
    words.load()
    ids.use(ids.Keys([secrets.token_hex(32)]))
    with tempfile.TemporaryDirectory(prefix="naryad-simulate-") as folder, _progress(len(wanted)) as told:
        asyncio.run(through(Path(folder), told))


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str, int, float], None]]:
    """A bar where somebody watches: of all days, and which one is played now."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        bar = bars.add_task(say.text("simulate.begins"), total=total)
        seen: dict[tuple[str, int], float] = {}

        def told(hand: str, seed: int, part: float) -> None:
            seen[hand, seed] = part
            description = say.text("simulate.playing", hand=say.text(f"simulate.hand.{hand}"), seed=seed)
            bars.update(bar, completed=sum(seen.values()), description=description)

        yield told


def _print(found: list["Figures"]) -> None:
    from rich.console import Console
    from rich.table import Table

    from naryad.simulation.figures import MEASURES
    from naryad.simulation.report import shown, summed, travel_ratio

    rows = summed(found)
    table = Table("", *(say.text(f"simulate.hand.{hand}") for hand in rows))
    for name in MEASURES:
        said = [[shown(name, value, say) for value in astuple(row[name])] for row in rows.values()]
        cells = (f"{mean} [dim]({low} … {high})[/]" if low != high else mean for mean, low, high in said)
        table.add_row(say.text(f"simulate.measure.{name}"), *cells)
    ratios = [travel_ratio(found, hand) for hand in rows]
    if any(ratios):
        cells = (say.number(round(one.mean, 2)) if one else "—" for one in ratios)
        table.add_row(say.text("simulate.measure.ratio"), *cells)
    Console().print(table)
