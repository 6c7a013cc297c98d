"""Signatures made with a key pair: true or false, whatever the bytes."""

import base64

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import Certificate, load_pem_x509_certificate

from webhooks.signatures import from_base64

HASHES: dict[str, type[HashAlgorithm]] = {"sha1": SHA1, "sha256": SHA256}


def ecdsa_signed(spki: str, signature: bytes, data: bytes) -> bool:
    """ECDSA over P-256 and SHA-256; the key as base64 of its SubjectPublicKeyInfo, the signature in DER."""
    try:
        key = load_der_public_key(base64.b64decode(spki))
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            return False
        key.verify(signature, data, ec.ECDSA(SHA256()))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def ed25519_signed(key: str, signature: bytes, data: bytes) -> bool:
    """The key as base64 of its 32 bytes."""
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(from_base64(key) or b"").verify(signature, data)
    except (ValueError, InvalidSignature):
        return False
    return True


def certificate(pem: str) -> Certificate | None:
    try:
        return load_pem_x509_certificate(pem.encode("utf-8", "replace"))
    except (ValueError, UnsupportedAlgorithm):
        return None


def in_force(cert: Certificate, now: float) -> bool:
    return cert.not_valid_before_utc.timestamp() <= now <= cert.not_valid_after_utc.timestamp()


def rsa_signed(cert: Certificate, signature: bytes, data: bytes, algorithm: str) -> bool:
    """RSA, PKCS #1 v1.5, with the hash named by `algorithm`."""
    try:
        key = cert.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        key.verify(signature, data, padding.PKCS1v15(), HASHES[algorithm]())
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
