"""A desk that only owns its servers: prints where they are, then waits for its end (a test kills it).

It hears Ctrl-C also when whoever started the tests does not (a job in the background of a shell).
"""

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from naryad.embedded import EmbeddedError, embedded


async def main() -> None:
    async with embedded(Path(sys.argv[1]), fast="durable" not in sys.argv) as servers:
        sys.stdout.write(json.dumps(asdict(servers)) + "\n")
        sys.stdout.flush()
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
        await ended.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        asyncio.run(main())
    except EmbeddedError as error:
        sys.exit(str(error))
