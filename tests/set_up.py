"""What a whole test process has once: the models, not anew for each of the thousands of databases that it opens, and
how hypothesis looks for examples."""

from typing import Any, cast

from hypothesis import HealthCheck, settings
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


def patient() -> None:
    """How long an example took says how busy the machine is, never that a test failed."""
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")
