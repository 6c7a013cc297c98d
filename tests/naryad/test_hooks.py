import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CASE = {
    "id": "c1",
    "vendor": "vk",
    "kind": "inbound_webhook",
    "now": 1_790_000_000,
    "request": {
        "method": "POST",
        "url": "https://desk.firma.test/",
        "headers": [],
        "body_text": '{"type":"confirmation","group_id":9001}',
    },
    "secret": {"secret": "vk-shared", "group_id": 9001, "confirmation": "c0de"},
}


@pytest.fixture
def saved(tmp_path):
    def save(name, value):
        path = tmp_path / name
        path.write_text(json.dumps(value))
        return path

    return save


def test_replay_prints_a_line_a_file(naryad, saved):
    forged = CASE | {"id": "c2", "secret": CASE["secret"] | {"group_id": 1}}
    done = naryad("hooks", "replay", saved("a.json", CASE), saved("b.json", forged))
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"id": "c1", "verdict": "valid", "action": "respond_challenge", "http_status": 200},
        {"id": "c2", "verdict": "invalid", "action": "reject", "http_status": 403},
    ]


def test_replay_goes_on_after_a_file_that_is_no_case_and_ends_with_2(naryad, saved, tmp_path):
    done = naryad("hooks", "replay", saved("bad.json", []), saved("a.json", CASE), tmp_path / "none.json")
    assert done.returncode == 2
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["bad", "c1", "none"]
    assert ["error" in line for line in lines] == [True, False, True]


def test_replay_imports_no_database():
    code = "import sys, webhooks.replay; sys.exit(bool({'tortoise', 'asyncpg', 'redis'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
