"""Files of the age format that a passphrase opens with little work: real ones, that anybody's `age -d` opens.

pyrage asks for 2²⁰ rounds of scrypt, three seconds of a processor, and takes no other number. Tests that write backups
and key files in their own process write them with 2¹⁰ instead; what reads them reads the number in the file. A command
that runs as a process of its own writes as our users' do. Format: https://age-encryption.org/v1 (C2SP age.md).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ROUNDS = 10  # a power of two
_CHUNK = 65_536


def encrypt(plaintext: bytes, passphrase: str, armored: bool = False) -> bytes:
    """As pyrage.passphrase.encrypt."""
    file_key, salt = os.urandom(16), os.urandom(16)
    wrap = hashlib.scrypt(
        passphrase.encode(), salt=b"age-encryption.org/v1/scrypt" + salt, n=2**_ROUNDS, r=8, p=1, dklen=32
    )
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    header = b"age-encryption.org/v1\n-> scrypt %s %d\n%s\n---" % (_b64(salt), _ROUNDS, _b64(body))
    mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    nonce = os.urandom(16)
    whole = header + b" " + _b64(mac) + b"\n" + nonce + _payload(_derived(file_key, nonce, b"payload"), plaintext)
    if not armored:
        return whole
    text = base64.b64encode(whole)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join((b"-----BEGIN AGE ENCRYPTED FILE-----", *lines, b"-----END AGE ENCRYPTED FILE-----", b""))


def _payload(key: bytes, plaintext: bytes) -> bytes:
    cipher = ChaCha20Poly1305(key)
    chunks = [plaintext[at : at + _CHUNK] for at in range(0, len(plaintext), _CHUNK)] or [b""]
    return b"".join(
        cipher.encrypt(number.to_bytes(11, "big") + bytes([number == len(chunks) - 1]), chunk, None)
        for number, chunk in enumerate(chunks)
    )


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt or None, info).derive(key)


def _b64(raw: bytes) -> bytes:
    return base64.b64encode(raw).rstrip(b"=")
