"""The models are set up once for a whole test process, not for each of the thousands of databases that it opens."""

from typing import Any, cast

from tortoise.apps import Apps
from tortoise.models import Model


def set_up_once() -> None:
    """How models refer to each other does not depend on the database. The first that is opened sets all up, as in a
    desk, which opens one; the next ones find it done."""
    load = Apps._load_from_config
    done: dict[str, dict[str, dict[str, type[Model]]]] = {}

    def found(self: Apps) -> None:
        key = repr(self._config)
        if key in done:
            self.apps = done[key]
            return
        load(self)
        done[key] = self.apps

    cast(Any, Apps)._load_from_config = found
