"""Who parties are, for pages that list chats and notices."""

from collections.abc import Collection

from core.kernel.read import fetch

_NAMES = """
SELECT p AS party, coalesce(
  CASE kind WHEN 'member' THEN (SELECT name FROM people_members WHERE id = number)
            WHEN 'contact' THEN (SELECT k.name || ' · ' || c.name FROM customers_contacts k
                                 JOIN customers_customers c ON c.id = k.customer_id WHERE k.id = number)
            WHEN 'group' THEN (SELECT title FROM chats_dispatch_groups WHERE id = number) END, p) AS name
FROM unnest($1::text[]) AS p,
     LATERAL (SELECT split_part(p, ':', 1) AS kind,
                     CASE WHEN p ~ '^[a-z]+:[0-9]{1,15}$' THEN split_part(p, ':', 2)::bigint END AS number) AS parts
"""


async def names(parties: Collection[str | None]) -> dict[str, str]:
    """What people call them: `member:12` is «Пётр Ким»; a party that is no more keeps its code."""
    wanted = sorted({party for party in parties if party})
    return {row["party"]: row["name"] for row in await fetch(_NAMES, wanted)} if wanted else {}
