"""One module a subcommand: parse, prepare, delegate."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from naryad.settings import Settings


def prepare(*, chatty: bool = False, **overrides: Any) -> "Settings":
    """Settings read and logs set up; a short command logs only what went wrong."""
    from naryad import logs
    from naryad.settings import load

    settings = load(**overrides)
    logs.set_up(settings.log_format, settings.log_level if chatty else "warning")
    return settings
