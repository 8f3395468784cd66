"""Which generation of each key is in use: named by the settings row, so that it changes with a rotation's own event.

Every session asks as it begins. A process that loaded its keys before a rotation would else go on writing under an
older key; here it takes up the newer one, loading the secrets again where it has not got it. A writer asks under the
lock that a rotation needs too, so nothing is rotated under its hands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from portaldesk.errors import StoreUnavailable
from portaldesk.key_generations import number
from portaldesk.secret_keys import KEY_NAMES, SecretKeys
from portaldesk.store import driver
from portaldesk.store.canonical import use_keys

SETTING = "keys"  # its name in the settings row, beside what the clinic decides
_VALUES = "SELECT values_json FROM settings"


def take_up(session: Session, keys: SecretKeys, load: Callable[[], SecretKeys]) -> SecretKeys:
    """Let this session use the newest generations, whether the store names them or the secrets do; returns its keys.

    Raises: StoreUnavailable `older-secrets` where the store names a generation that `load` does not bring either.
    """
    names = named(session)
    if any(name not in keys.of(key).all for key, name in names.items()):
        keys = load()
    for key, name in names.items():
        if name not in keys.of(key).all:
            raise StoreUnavailable(
                "older-secrets",
                f"The store uses a newer {key} key ({name}) than the secrets of this machine hold.",
                "Bring the secrets here from the machine where 'portaldesk secrets rotate' was run.",
            )
        keys = keys.holding(key, keys.of(key).taken_up(name))
    use_keys(session, keys)
    return keys


def named(session: Session) -> Mapping[str, str]:
    """Key → generation, for each key that was ever rotated. The row's seal is judged where the settings are read."""
    try:
        found = driver.found(session.connection(), _VALUES)
    except OperationalError as failure:
        if "decode" not in str(failure.orig):
            raise
        return {}  # text that is no UTF-8 is no writing of ours either; reading the settings refuses it
    values = found[0][0] if found else None
    if not isinstance(values, str) or f'"{SETTING}"' not in values:
        return {}
    try:
        read = json.loads(values)[SETTING]
        return {key: name for key, name in read.items() if key in KEY_NAMES and name[:1] == key[:1] and number(name)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # no writing of ours
