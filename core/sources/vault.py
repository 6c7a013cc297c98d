"""Secrets of sources, and what they brought, as they lie in the database: sealed with AES-GCM under a subkey of
NARYAD_SECRET, which is not in the database. What was sealed for one source does not open for another.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.kernel.ids import keys

PURPOSE = "sources"
NONCE = 12


class Locked(Exception):
    """None of our secrets opens this: NARYAD_SECRET was changed without keeping the old one in its list."""


def seal(source_id: str, plain: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(keys().subkey(PURPOSE)).encrypt(nonce, plain, source_id.encode())


def unseal(source_id: str, sealed: bytes) -> bytes:
    """Raises Locked."""
    for key in keys().subkeys(PURPOSE):
        try:
            return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], source_id.encode())
        except (InvalidTag, ValueError):
            continue
    raise Locked(source_id)
