"""A bucket to keep files in: moto speaks S3 over real HTTP, in a process of its own, and checks every signature."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest

BEFORE_IT_CHECKS = 4
SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
numbers = count(1)


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`s3+http://KEY:SECRET@127.0.0.1:port/files`. The server ends with the pipe that it reads, however tests end."""
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": str(BEFORE_IT_CHECKS)},
        )
    assert process.stdin
    assert process.stdout
    try:
        host = f"127.0.0.1:{int(process.stdout.readline())}"
        key, secret = _key(host)
        yield f"s3+http://{key}:{quote(secret, safe='')}@{host}/files"
    finally:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def bucket(s3: str) -> str:
    """A folder of its own in the bucket."""
    return f"{s3}/{next(numbers)}"


def _key(host: str) -> tuple[str, str]:
    """As many calls as are not checked: somebody who may, and the bucket."""
    import boto3

    def client(service: str) -> Any:
        named = {"aws_access_key_id": "anybody", "aws_secret_access_key": "anything", "region_name": "us-east-1"}
        return boto3.client(service, endpoint_url=f"http://{host}", **named)

    iam = client("iam")
    iam.create_user(UserName="desk")
    made = iam.create_access_key(UserName="desk")["AccessKey"]
    iam.put_user_policy(UserName="desk", PolicyName="files", PolicyDocument=json.dumps(POLICY))
    client("s3").create_bucket(Bucket="files")
    return made["AccessKeyId"], made["SecretAccessKey"]
