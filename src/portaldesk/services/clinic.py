"""The clinic's settings in the store: one sealed row, changed by an admin, each change an event with both values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from portaldesk.errors import RecordAltered
from portaldesk.gate.actors import Actor
from portaldesk.secret_keys import SecretStore
from portaldesk.settings import SECRET_SETTINGS, ClinicSettings, read_setting
from portaldesk.store import record, tables
from portaldesk.store.seals import whole


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """One setting before and after."""

    key: str
    old: str
    new: str
    audit_seq: int
    already: bool


def stored(session: Session) -> tables.Settings:
    """The settings row, verified against the record.

    Raises: RecordAltered where it is missing or was changed outside portaldesk.
    """
    row = session.exec(select(tables.Settings)).first()
    if row is None:
        raise settings_missing()
    return whole(session, row)


def settings_missing() -> RecordAltered:
    return RecordAltered("record-altered", "The settings of the store are missing.", "Put back the last good backup.")


def in_force(row: tables.Settings) -> ClinicSettings:
    """The stored values over the defaults."""
    return ClinicSettings.from_values(json.loads(row.values_json))


def to_text(values: Mapping[str, object]) -> str:
    return json.dumps(dict(values), sort_keys=True)


def set_value(session: Session, actor: Actor, key: str, text: str, *, now: datetime) -> SettingChanged:
    """Change one setting. The record keeps old and new value.

    Raises: WrongUsage `bad-setting`; CheckNeeded `second-factor-required`.
    """
    value = read_setting(key, text)
    _require_second_factor(session, actor)
    return _set(session, actor, "settings set", key, value, now=now)


def set_outage(session: Session, actor: Actor, text: str, *, now: datetime) -> SettingChanged:
    """Tell every desk that the portal or the mail is down (`''`: it is over)."""
    return _set(session, actor, "outage start" if text else "outage end", "outage", text, now=now)


def keep_secret(
    session: Session, actor: Actor, secrets: SecretStore, key: str, value: str, *, now: datetime
) -> SettingChanged:
    """Put one of `SECRET_SETTINGS` into the secret store (`''`: out of it); the record only says that it was set.

    Raises: WrongUsage `bad-setting`; CheckNeeded `second-factor-required`.
    """
    if value:
        SECRET_SETTINGS[key](value)
    _require_second_factor(session, actor)
    seq = record.append(session, actor.entry("settings set", "done", details={"key": key}), now=now)
    name = key.replace("_", "-")
    if value:
        secrets.put(name, value)
    else:
        secrets.drop(name)
    return SettingChanged(key, "", "", seq, already=False)


def _require_second_factor(session: Session, actor: Actor) -> None:
    from portaldesk.services import second_factors  # it reads the settings itself

    second_factors.require(session, actor)


def _set(session: Session, actor: Actor, action: str, key: str, value: str | int, *, now: datetime) -> SettingChanged:
    row = stored(session)
    old = getattr(in_force(row), key)
    values = json.loads(row.values_json) | {key: value}
    details = {"key": key, "old": str(old), "new": str(value)}
    seq = record.append(
        session,
        actor.entry(action, "done", details=details),
        [record.changed(row, values_json=to_text(values))],
        now=now,
    )
    return SettingChanged(key, str(old), str(value), seq, old == value)
