"""The key that signs what leaves the store for auditors: Ed25519, made at its first use, kept with the other secrets.

An auditor keeps its fingerprint, SHA-256 of the public key as DER (`openssl pkey -pubin -outform DER | sha256sum` says
the same). It proves that a bundle came from this desk, also on a machine without the store.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portaldesk.errors import StoreUnavailable, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.secret_keys import SIGNING_KEY
from portaldesk.services.opening import OpenStore
from portaldesk.store import record

_FIGURES = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_LONGEST_KEY_BYTES = 10_000


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """Signs as this store. `public`: the public key as PEM."""

    key: Ed25519PrivateKey
    public: bytes
    fingerprint: str

    def sign(self, data: bytes) -> bytes:
        """64 bytes, as `openssl pkeyutl -verify -rawin` takes them."""
        return self.key.sign(data)


def signer(store: OpenStore, actor: Actor, *, now: datetime) -> Signer:
    """The signer of this store; its key is made where there is none yet, with an event that names its fingerprint.

    Raises: StoreUnavailable where the secrets cannot be read or written.
    """
    kept = store.secrets.get(SIGNING_KEY)
    return _signer(kept if kept is not None else _made(store, actor, now=now))


def fingerprint_in(said: str) -> str:
    """The fingerprint that is meant by `--key`: itself, or the file of a public key.

    Raises: WrongUsage.
    """
    figures = _FIGURES.fullmatch(said.strip().lower())
    if figures is not None:
        return f"SHA256:{figures[1]}"
    try:
        with Path(said).open("rb") as file:
            return fingerprint_of(file.read(_LONGEST_KEY_BYTES))
    except FileNotFoundError:
        raise WrongUsage(
            "bad-file",
            "The key is no fingerprint, and there is no such file.",
            "Give SHA256: and 64 figures as 'audit export --sign' printed them, or the signing.pub that you kept.",
        ) from None
    except (OSError, ValueError):
        raise WrongUsage(
            "bad-file",
            "The key is neither a fingerprint nor the file of an Ed25519 public key.",
            "Give SHA256: and 64 figures as 'audit export --sign' printed them, or the signing.pub that you kept.",
        ) from None


def fingerprint_of(public: bytes) -> str:
    """Raises: ValueError where this is no Ed25519 public key in PEM."""
    der = _public_key(public).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"SHA256:{hashlib.sha256(der).hexdigest()}"


def is_signed(data: bytes, signature: bytes, public: bytes) -> bool:
    """Whether this is the signature of the data by the holder of that key. Raises: ValueError as `fingerprint_of`."""
    try:
        _public_key(public).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _public_key(public: bytes) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(public)
    except UnsupportedAlgorithm:
        raise ValueError("not an Ed25519 key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key


def _made(store: OpenStore, actor: Actor, *, now: datetime) -> str:
    with store.session() as session:  # the one writer's turn: nobody else makes one, or rotates secrets, meanwhile
        kept = store.secrets.get(SIGNING_KEY)
        if kept is None:
            kept = Ed25519PrivateKey.generate().private_bytes_raw().hex()
            made = _signer(kept)
            entry = actor.entry("audit signing-key", "done", details={"fingerprint": made.fingerprint})
            record.append(session, entry, now=now)
            store.secrets.put(SIGNING_KEY, kept)
            session.commit()
    return kept


def _signer(kept: str) -> Signer:
    try:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept))
    except ValueError:
        raise StoreUnavailable(
            "no-secrets",
            "The signing key among the secrets of this store cannot be read.",
            "Put back the secrets from your backup.",
        ) from None
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Signer(key, public, fingerprint_of(public))
