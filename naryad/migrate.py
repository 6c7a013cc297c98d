"""The schema of a desk's database: bring it up to date, and the configuration that `tortoise makemigrations` reads."""

import os

from core.kernel.database import migrate, tortoise_config

__all__ = ["TORTOISE", "migrate"]

TORTOISE = tortoise_config(os.environ.get("NARYAD_DATABASE_URL", "postgresql://postgres@127.0.0.1/naryad"))
