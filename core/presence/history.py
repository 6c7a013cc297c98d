"""The rows of history, by COPY in PostgreSQL's own binary format (manual, COPY, "Binary Format").

All columns are of eight bytes, so that a row is packed by one call: a third of what asyncpg needs to encode it.
"""

from collections.abc import Sequence
from struct import Struct

from core.kernel.database import Line
from core.presence.rules import Record

TABLE = "presence_tracks"
COLUMNS = ("member_id", "job_id", "lat", "lon", "accuracy", "at")

SECONDS_TO_2000 = 946_684_800
MICROS = 1_000_000

_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_ROW = Struct("!hiqiqidididiq").pack
_VAGUE = Struct("!hiqiqididiiq").pack
line = Line()


async def keep(records: Sequence[Record]) -> None:
    """In a transaction of its own: stored when this returns."""
    rows = packed(records)
    async with line.use() as connection:
        await connection.copy_to_table(TABLE, source=rows, columns=COLUMNS, format="binary")


def packed(records: Sequence[Record]) -> bytearray:
    """Each value after its length, -1 for none; moments are microseconds since 2000."""
    out = bytearray(_BEGIN)
    for member_id, job_id, lat, lon, accuracy, at in records:
        moment = (at - SECONDS_TO_2000) * MICROS
        if accuracy is None:
            out += _VAGUE(6, 8, member_id, 8, job_id, 8, lat, 8, lon, -1, 8, moment)
        else:
            out += _ROW(6, 8, member_id, 8, job_id, 8, lat, 8, lon, 8, accuracy, 8, moment)
    return out + _END
