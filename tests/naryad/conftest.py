import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Result = subprocess.CompletedProcess[str]


@pytest.fixture
def naryad(tmp_path: Path) -> Callable[..., Result]:
    """Runs the command as its users do: `naryad("backup", "x.tar.gz", NARYAD_HOME=…)`; English, in tmp_path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NARYAD_")}

    def run(*arguments: object, **settings: object) -> Result:
        environment = {"NARYAD_HOME": str(tmp_path / "home"), "NARYAD_STRICT_WORDS": "1", "LC_ALL": "en_GB.UTF-8"}
        return subprocess.run(
            [sys.executable, "-m", "naryad.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=clean
            | environment
            | {name: str(value) for name, value in settings.items()}
            | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            timeout=120,
        )

    return run
