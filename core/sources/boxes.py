"""How far each mailbox was read, and what is wrong with it."""

from dataclasses import dataclass

from core.kernel.clock import now
from core.kernel.database import pool


@dataclass(frozen=True, slots=True)
class Place:
    """Letters up to `uid` under this UIDVALIDITY lie in the inbox."""

    validity: int = 0
    uid: int = 0


async def place_of(source_id: str) -> Place:
    row = await pool().fetchrow("SELECT validity, uid FROM sources_boxes WHERE source_id = $1", source_id)
    return Place(row["validity"], row["uid"]) if row else Place()


async def move_on(source_id: str, place: Place) -> None:
    """Outside any work, after the letters were committed."""
    sql = """INSERT INTO sources_boxes (source_id, validity, uid, trouble) VALUES ($1, $2, $3, '')
      ON CONFLICT (source_id) DO UPDATE SET validity = excluded.validity, uid = excluded.uid"""
    await pool().execute(sql, source_id, place.validity, place.uid)


async def trouble(source_id: str, why: str) -> None:
    """Why a box can't be read since now; nothing when it can."""
    sql = """INSERT INTO sources_boxes (source_id, validity, uid, trouble, at) VALUES ($1, 0, 0, $2, $3)
      ON CONFLICT (source_id) DO UPDATE SET trouble = excluded.trouble, at = excluded.at"""
    await pool().execute(sql, source_id, why[:300], now() if why else None)


async def troubles() -> dict[str, str]:
    """Boxes that can't be read, and why."""
    return {
        row["source_id"]: row["trouble"]
        for row in await pool().fetch("SELECT * FROM sources_boxes WHERE trouble <> ''")
    }
