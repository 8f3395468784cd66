"""How a secret is kept that must be read again, as that of an authenticator app: AES-256-GCM (NIST SP 800-38D).

The key is derived (HKDF-SHA-256, RFC 5869) from the pepper, which lies outside the database; what the secret belongs to
is authenticated with it, so that it cannot be put to use elsewhere. Stored as `"{key_id}${base64}"`, like a hash: a
pepper can be replaced while what was encrypted under the older one is still read.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping

_NONCE_BYTES = 12  # NIST SP 800-38D §8.2: 96 bits
_PURPOSE = b"portaldesk: secrets that are read again"


def encrypted(secret: str, *, pepper: bytes, key_id: str, bound_to: str) -> str:
    """The secret as it is stored."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_key(pepper)).encrypt(nonce, secret.encode(), bound_to.encode())
    return f"{key_id}${base64.b64encode(nonce + sealed).decode('ascii')}"


def decrypted(stored: str, *, peppers: Mapping[str, bytes], bound_to: str) -> str | None:
    """The secret; None where its pepper is not there any more, or it was not encrypted for `bound_to`."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key_id, _, text = stored.partition("$")
    pepper = peppers.get(key_id)
    if pepper is None:
        return None
    try:
        data = base64.b64decode(text, validate=True)
        return AESGCM(_key(pepper)).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], bound_to.encode()).decode()
    except (ValueError, InvalidTag):
        return None


def is_under(stored: str, key_id: str) -> bool:
    """Whether it was encrypted under this pepper."""
    return stored.partition("$")[0] == key_id


def _key(pepper: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(pepper)
