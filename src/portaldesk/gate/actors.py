"""Who acts: a signed-in staff member, or the patient's side. Made by services/sessions.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portaldesk.errors import NotAllowed
from portaldesk.store.record import Entry
from portaldesk.words import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A staff member in one session (or by one token), with the records they must not touch.

    `code_given`: a code of their authenticator app was judged right for this command (services/second_factors.py).
    """

    name: str
    role: Role
    session: str
    own: frozenset[str] = field(default_factory=frozenset)
    code_given: bool = False

    def require_not_own(self, mrn: str) -> None:
        """Raises: NotAllowed `own-record` (design §3.5)."""
        if mrn in self.own:
            raise NotAllowed(
                "own-record",
                "This is your own record, or one linked to you.",
                "A colleague must take this call.",
            )

    def entry(self, action: str, outcome: str, *, patient: str | None = None, **more: Any) -> Entry:
        """An event of this actor."""
        return Entry(action, outcome, staff=self.name, patient=patient, session=self.session, **more)


def patient_entry(action: str, outcome: str, *, patient: str | None = None, **more: Any) -> Entry:
    """An event of the patient's side: no staff member."""
    details: Mapping[str, Any] = more.pop("details", {})
    return Entry(action, outcome, patient=patient, session="portal", details=details, **more)
