"""The command `naryad`. Its subcommands import what they need when they run, so `--help` is quick."""

import sys
from collections.abc import Callable
from typing import Any

import typer

from naryad.commands import admin, backup, demo, doctor, hooks, migrate, plan, restore, run, simulate, sources
from naryad.errors import OperatorError, terminal_words

say = terminal_words()

app = typer.Typer(
    help=say.text("help.naryad"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo.demo,
    "run": run.run,
    "migrate": migrate.migrate,
    "doctor": doctor.doctor,
    "admin": admin.admin,
    "backup": backup.backup,
    "restore": restore.restore,
    "plan": plan.plan,
    "simulate": simulate.simulate,
    "sources": sources.sources,
}
for name, command in COMMANDS.items():
    app.command(name, help=say.text(f"help.{name}"))(command)
app.add_typer(hooks.hooks, name="hooks")


def main() -> Any:
    """Run a subcommand. What the operator can mend is said in one line on stderr; the exit code is not zero."""
    try:
        return app()
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
