"""LMTP as RFC 2033 (4.2) has it: once the letter was sent, each recipient that was taken is answered by a line of its
own, also when the server itself finds the letter too long. A client waits for as many lines: one for all would hold it
until it gives up."""

from typing import Any

from aiosmtpd.lmtp import LMTP


class Lmtp(LMTP):
    _owed = 0

    async def push(self, status: Any) -> None:
        said = status.decode("utf-8", "replace") if isinstance(status, bytes) else status
        if self._owed and "\r\n" not in said:
            said = "\r\n".join([said] * self._owed)
        self._owed = len(self.envelope.rcpt_tos) if said.startswith("354") and self.envelope else 0
        await super().push(said)
