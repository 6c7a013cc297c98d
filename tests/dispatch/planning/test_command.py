import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dispatch.planning.days import make_day
from tests.dispatch.planning.judge import faults, objective

ROOT = Path(__file__).parents[3]


@pytest.fixture
def planner(tmp_path):
    """Runs `naryad plan` on a day, given as JSON or as a text, or on none, in an empty folder."""

    def run(day, *arguments):
        if day is not None:
            (tmp_path / "day.json").write_text(day if isinstance(day, str) else json.dumps(day))
        return subprocess.run(
            [sys.executable, "-m", "naryad.cli", "plan", "day.json", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "en_GB.UTF-8", "NARYAD_STRICT_WORDS": "1"},
            timeout=300,
        )

    return run


def test_the_plan_goes_out_and_the_rest_to_stderr(planner):
    day = make_day(1, 12, 3)
    done = planner(day, "--seconds", 1.2)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() == {"routes"}
    assert faults(day, found["routes"]) == []
    assert f"objective {objective(day, found['routes']):,}" in done.stderr


def test_the_plan_is_written_where_asked(planner, tmp_path):
    day = make_day(1, 12, 3)
    done = planner(day, "--seconds", 0, "--out", "plan.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert faults(day, json.loads((tmp_path / "plan.json").read_text())["routes"]) == []


def test_what_is_left_out_is_said_with_its_reason(planner):
    day = make_day(1, 12, 3)
    day["orders"][2] |= {"technician": "t9", "mood": "bad"}
    done = planner(day, "--seconds", 0)
    assert done.returncode == 0
    assert "o3 is dropped: its technician is not there." in done.stderr
    assert "orders[2].mood is unknown" in done.stderr


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "must be an object"),
        (make_day(1, 3, 1) | {"orders": [{"id": "o1"}]}, "orders[0].location is missing"),
        (make_day(1, 3, 1) | {"technicians": None}, "technicians must be a list"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(planner, day, words):
    done = planner(day)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_a_folder_that_is_not_there_is_said_before_the_search(planner):
    done = planner(make_day(1, 3, 1), "--out", "nowhere/plan.json")
    assert done.returncode != 0
    assert "There is no folder" in done.stderr


def test_a_file_that_is_not_there_is_said_in_one_line(planner):
    done = planner(None)
    assert done.returncode != 0
    assert done.stderr == "Cannot read day.json: No such file or directory.\n"


def test_help_and_other_commands_do_not_load_the_compiler():
    code = "import sys, naryad.cli, core.dispatch.rules; sys.exit('numba' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
