"""`naryad plan INSTANCE.json`: the day planner on a file. The plan goes to stdout or --out, all else to stderr."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from naryad.errors import OperatorError, terminal_words

if TYPE_CHECKING:
    from core.dispatch.planning.instance import Instance
    from core.dispatch.planning.solve import Plan

say = terminal_words()

LOOKS = 5


def plan(
    file: Annotated[Path, typer.Argument(metavar="INSTANCE.json", help=say.text("help.plan.file"))],
    seconds: Annotated[float, typer.Option(min=0, max=86_400, help=say.text("help.plan.seconds"))] = 5.0,
    out: Annotated[
        Path | None, typer.Option(metavar="PLAN.json", show_default=False, help=say.text("help.plan.out"))
    ] = None,
) -> None:
    instance = _read(file)
    if out and not out.absolute().parent.is_dir():
        raise OperatorError("plan.no_folder", path=out.absolute().parent)
    for where in instance.strange:
        _tell(say.text("plan.strange", where=where))
    found = _solve(instance, seconds)
    _write(json.dumps({"routes": found.routes}, ensure_ascii=False) + "\n", out)
    for order, reason in found.dropped.items():
        _tell(say.text(f"plan.dropped.{reason}", order=order))


def _read(file: Path) -> "Instance":
    from core.dispatch.planning.instance import InstanceError, read_instance

    try:
        return read_instance(json.loads(file.read_bytes()))
    except OSError as error:
        raise OperatorError("plan.unreadable", path=file, reason=error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise OperatorError("plan.not_json", path=file, reason=error) from error
    except InstanceError as error:
        raise OperatorError(f"plan.bad.{error.code}", path=file, where=error.where, **error.data) from error


def _solve(instance: "Instance", seconds: float) -> "Plan":
    from core.dispatch.planning.solve import plan as solve

    progress = _Progress(seconds)
    found = solve(instance, seconds, told=progress)
    facts = _facts(found.objective) | {
        "planned": len(instance.orders) - len(found.dropped),
        "orders": len(instance.orders),
        "travel": _hours(found.travel),
    }
    progress.end(say.text("plan.done", **facts))
    return found


class _Progress:
    """One line that changes where somebody watches; elsewhere a line now and then."""

    def __init__(self, seconds: float) -> None:
        self.watched = sys.stderr.isatty()
        self.step = 0.2 if self.watched else max(1.0, seconds / LOOKS)
        self.next = self.step
        self.total = seconds

    def __call__(self, elapsed: float, objective: int) -> None:
        if elapsed < self.next:
            return
        self.next = elapsed + self.step
        gone = say.number(round(min(elapsed, self.total), 1))
        line = say.text("plan.progress", gone=gone, total=say.number(self.total), **_facts(objective))
        sys.stderr.write(f"\r\x1b[K{line}" if self.watched else f"{line}\n")
        sys.stderr.flush()

    def end(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}\n" if self.watched else f"{line}\n")


def _facts(objective: int) -> dict[str, Any]:
    return {"objective": say.number(objective)}


def _hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}"


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperatorError("plan.unwritable", path=out, reason=error.strerror) from error


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
