"""The words of the design as types: one spelling each, for store, services, JSON and screens."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a staff member may do."""

    FRONT_DESK = "front-desk"
    ADMIN = "admin"
    AUDITOR = "auditor"


class PatientStatus(StrEnum):
    """Status of the demographic record; anything but active blocks sign-in by itself."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DECEASED = "deceased"
    MERGED = "merged"


class AccountStatus(StrEnum):
    """Stored status of a portal account; *invited* and *locked* are derived."""

    NEW = "new"
    ACTIVE = "active"
    DISABLED = "disabled"
    DECLINED = "declined"


class WorkState(StrEnum):
    """What an account waits for, in the work lists."""

    NEW = "new"
    INVITED = "invited"
    EXPIRED = "expired"
    LOCKED = "locked"
    BOUNCED = "bounced"
    HELD = "held"
    DISABLED = "disabled"
    DECLINED = "declined"
    PROXY_ENDED = "proxy-ended"


class Level(StrEnum):
    """Assurance level of an identity check: none < basic < strong."""

    NONE = "none"
    BASIC = "basic"
    STRONG = "strong"

    @property
    def rank(self) -> int:
        return ("none", "basic", "strong").index(self.value)

    def reaches(self, needed: Level) -> bool:
        return self.rank >= needed.rank


class Method(StrEnum):
    """How a caller is verified."""

    BIRTH_DATE = "birth-date"
    POSTAL_CODE = "postal-code"
    PHONE = "phone"
    EMAIL = "email"
    LAST_VISIT = "last-visit"
    CODE_EMAIL = "code-email"
    CODE_PHONE = "code-phone"
    CALLBACK = "callback"
    PHOTO_ID = "photo-id"
    OWN_BIRTH_DATE = "own-birth-date"  # of a proxy, who is asked the patient's too


KNOWLEDGE = (Method.BIRTH_DATE, Method.POSTAL_CODE, Method.PHONE, Method.EMAIL, Method.LAST_VISIT)
PROXY_KNOWLEDGE = (Method.BIRTH_DATE, Method.OWN_BIRTH_DATE, Method.POSTAL_CODE, Method.PHONE, Method.EMAIL)
"""What a proxy is asked: the patient's birth date, and facts of their own."""
POSSESSION = (Method.CODE_EMAIL, Method.CODE_PHONE, Method.CALLBACK)


class MethodOutcome(StrEnum):
    """What the desk sees of one method."""

    MATCH = "match"
    NO_MATCH = "no-match"
    NOT_ON_FILE = "not-on-file"
    SENT = "sent"
    ATTESTED = "attested"


class CheckOutcome(StrEnum):
    """Where an identity check stands."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"
    HELD = "held"


class Caller(StrEnum):
    """Who is on the phone."""

    PATIENT = "patient"
    PROXY = "proxy"
    REPRESENTATIVE = "representative"


class Authority(StrEnum):
    """On what somebody acts for a patient."""

    PATIENT = "patient"  # the patient's own word
    PARENT = "parent"
    GUARDIAN = "guardian"
    POWER_OF_ATTORNEY = "poa"
    COURT = "court"


class Action(StrEnum):
    """What a permit may allow; the rules of each stand in gate/actions.py."""

    RESEND_INVITE = "resend-invite"
    INVITE_BY_LETTER = "resend-invite --letter"
    SEND_RESET = "send-reset"
    RECOVER_USERNAME = "recover-username"
    UNLOCK = "unlock"
    SECURE_ACCOUNT = "secure-account"
    ISSUE_TEMP_LOGIN = "issue-temp-login"
    DISABLE = "disable"
    ENABLE = "enable"
    DECLINE = "decline"
    CHANGE_USERNAME = "change-username"
    CREDENTIALS_REVOKE = "credentials revoke"
    UPDATE_CONTACT = "update-contact"
    CLOSE_CONTACT = "contacts mark"
    REOPEN_CONTACT = "contacts mark --usable"
    PROXY_GRANT = "proxy grant"
    PROXY_REVOKE = "proxy revoke"
    # not asked for at the desk, but changes of access all the same
    APPLY_CONTACT = "apply-contact"
    APPLY_PROXY = "apply-proxy"
    REDEEM = "redeem"
    SIGN_IN = "sign-in"
    CHANGE_PASSWORD = "change-password"
    IMPORT_CONTACT = "import-contact"
    RENEW = "renew"

    @property
    def command(self) -> str:
        """The command that asks for it, without its option: how results and the record name what was done."""
        return self.value.partition(" --")[0]


class Ground(StrEnum):
    """What a permit rests on."""

    CHECK = "check"
    APPROVAL = "approval"
    TIME = "time"
    REDEMPTION = "redemption"
    SIGN_IN = "sign-in"
    IMPORT = "import"
    BULK = "bulk"
    ASKED = "asked"
    RENEWAL = "renewal"


class CredentialKind(StrEnum):
    """The recovery credentials, and the codes and links that confirm or object."""

    INVITATION = "invitation"
    LETTER = "letter"
    RESET = "reset"
    UNLOCK = "unlock-link"
    TEMP_LOGIN = "temp-login"
    CODE = "code"
    CONFIRM = "confirm-code"
    CONFIRM_LINK = "confirm-link"
    OBJECT = "object-link"


class CredentialState(StrEnum):
    """Whether a credential still opens something, and if not, why."""

    LIVE = "live"
    REDEEMED = "redeemed"
    SUPERSEDED = "superseded"
    TRIED_OUT = "tried-out"
    REVOKED = "revoked"
    EXPIRED = "expired"
    LAPSED = "lapsed"


class Message(StrEnum):
    """What a message in the outbox is for; mail/messages.py, texts.py and letters.py say how each reads."""

    INVITATION = "invitation"
    RESET = "reset"
    UNLOCK_LINK = "unlock-link"
    FAMILY_LINKS = "family-links"
    CHECK_CODE = "check-code"
    CONFIRM_CODE = "confirm-code"
    USERNAME_REMINDER = "username-reminder"
    CONTACT_CHANGING = "contact-changing"
    LOCKED = "locked"
    CHANGED = "changed"
    CHECK_CODE_TEXT = "check-code-text"
    CONFIRM_CODE_TEXT = "confirm-code-text"
    CHANGING_TEXT = "changing-text"
    CHANGED_TEXT = "changed-text"
    INVITATION_LETTER = "invitation-letter"
    NOTICE_LETTER = "notice-letter"


LETTERS = (Message.INVITATION_LETTER, Message.NOTICE_LETTER)
"""What goes on paper: printed by 'outbox letters', never mailed."""
TEXTS = (Message.CHECK_CODE_TEXT, Message.CONFIRM_CODE_TEXT, Message.CHANGING_TEXT, Message.CHANGED_TEXT)
"""What goes to a phone, by the clinic's gateway."""


class MessageState(StrEnum):
    """Where a message stands: it waits for its (next) try, went out, is given up, or had nothing left to say."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class RequestState(StrEnum):
    """Where a change that waits for confirmation, approval or time stands."""

    AWAITING_CONFIRMATION = "awaiting-confirmation"
    AWAITING_APPROVAL = "awaiting-approval"
    WAITING = "waiting"
    EFFECTIVE = "effective"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ContactKind(StrEnum):
    """How a patient is reached. A postal address is a contact point only where the patient marked it."""

    EMAIL = "email"
    PHONE = "phone"
    POSTAL = "postal"


ACCOUNT_CONTACTS = (ContactKind.EMAIL, ContactKind.PHONE)
"""What an account has of its own, for recovery to use."""


class ContactSource(StrEnum):
    """Where a contact point came from."""

    RECORD = "record"
    DESK = "desk"
    PORTAL = "portal"


class IncidentKind(StrEnum):
    """What an auditor must look at; the flags of design §3.7 are among them."""

    ACCOUNT_SECURED = "account-secured"
    CONTACT_OBJECTED = "contact-objected"
    MANY_FAILED = "many-failed"
    MANY_ATTESTED = "many-attested"
    MANY_FINDS = "many-finds"
    MANY_BIRTH_DATES = "many-birth-dates"
    FAR_ABOVE_PEERS = "far-above-peers"
    ADMIN_RECOVERED = "admin-recovered"


class Mark(StrEnum):
    """What a patient may ask of one of their addresses; `usable` lets both marks go."""

    DO_NOT_USE = "do-not-use"
    CONFIDENTIAL = "confidential"
    USABLE = "usable"


class Outcome(StrEnum):
    """The outcome of an audit event."""

    DONE = "done"
    LINK_SENT = "link-sent"
    WAITING = "waiting"
    REFUSED = "refused"
    FAILED = "failed"
