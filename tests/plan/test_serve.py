"""The process that solves, by itself."""

import subprocess
import sys
from pathlib import Path

from core.plan.serve import packed

ROOT = Path(__file__).parents[2]


def test_whoever_asked_may_be_gone_when_the_answer_comes() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "core.plan.serve"], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018
        process.stdout.close()
        process.stdin.write(packed(("no question",)))
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


CHATTY = """
import os, core.plan.serve as serve
serve.answered = lambda question, sink: os.write(1, b"A library says its name.") and "found"
serve.main()
"""


def test_what_a_library_says_is_no_answer() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHATTY], cwd=ROOT, input=packed(("?",)), capture_output=True, check=True
    )
    assert done.stdout == packed(("done", "found"))
    assert done.stderr == b"A library says its name."
