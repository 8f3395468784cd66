"""Codes of an authenticator app: six digits, a new one every 30 seconds (TOTP, RFC 6238).

Pure: the secret and the time are handed in. Each code belongs to a *step*, the number of half minutes since 1970; the
step that was accepted last is stored, for RFC 6238 §5.2 allows each code once.
"""

from __future__ import annotations

import hmac
import unicodedata
from datetime import datetime

from portaldesk.errors import WrongUsage

STEP_SECONDS = 30
"""RFC 6238 §5.2; what every authenticator app takes for granted."""
DRIFT_STEPS = 1
"""Steps before and after the present one that are taken too (RFC 6238 §5.2: one, for the way here and slow typing)."""
DIGITS = 6
ISSUER = "portaldesk"
"""The name in the app. Short and always the same: a longer address makes a QR code that fits no terminal."""


def new_secret() -> str:
    """A new secret of 160 bits (RFC 4226 §4, R6) in base32, as authenticator apps take it."""
    import pyotp

    return pyotp.random_base32()  # from the operating system's source of chance


def address(secret: str, name: str) -> str:
    """The `otpauth://` address of a secret, for a QR code. Whoever has it has the secret."""
    import pyotp

    return pyotp.TOTP(secret, name=name, issuer=ISSUER).provisioning_uri()


def shown(secret: str) -> str:
    """The secret in groups of four, to be typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def read(said: str) -> str:
    """The six digits as somebody typed them; spaces and dashes between them do not matter.

    Raises: WrongUsage `unreadable`, which is no try of the code.
    """
    kept = [char for char in said if not char.isspace() and unicodedata.category(char) not in ("Pd", "Cf")]
    if len(kept) != DIGITS or not all(char.isdecimal() for char in kept):
        raise WrongUsage("unreadable", "That is not a code of six digits.", "Read it again as it stands in the app.")
    return "".join(str(unicodedata.decimal(char)) for char in kept)


def step_of(code: str, secret: str, *, now: datetime) -> int | None:
    """The step whose code this is, of those taken at `now` (aware UTC); None where it is none of them."""
    import pyotp

    present = int(now.timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):  # all of them, so that each takes as long
        if hmac.compare_digest(app.generate_otp(step), code):
            found = step
    return found
