"""Recovery credentials: links, codes and temporary logins (design §4).

A link's token is derived when it is delivered: an HMAC of the credential's id under the outbox key. The store keeps
only its SHA-256 (codes: bcrypt of the peppered code), so neither database, outbox nor backup holds a live secret.
A credential is bound to the account's password hash and email at issue: when either changes, it is dead.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from portaldesk.errors import StateForbids
from portaldesk.gate.recoveries import CredentialFacts, is_dead
from portaldesk.key_generations import number
from portaldesk.rules import hashing, letter_codes, speech
from portaldesk.rules.speech import Chooser
from portaldesk.secret_keys import SecretKeys
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import canonical, keys_of, whole
from portaldesk.words import CredentialKind

CODE_TRIES_A_DAY = 15
_OPEN = (
    select(tables.RecoveryCredential)
    .where(
        tables.RecoveryCredential.mrn == bindparam("mrn"),
        col(tables.RecoveryCredential.redeemed_at).is_(None),
        col(tables.RecoveryCredential.revoked_at).is_(None),
    )
    .order_by(col(tables.RecoveryCredential.issued_at).desc(), col(tables.RecoveryCredential.changed_seq).desc())
)
INVITATIONS = (CredentialKind.INVITATION, CredentialKind.LETTER)
RECOVERIES = (*INVITATIONS, CredentialKind.RESET, CredentialKind.UNLOCK, CredentialKind.TEMP_LOGIN)
LINKS = (CredentialKind.INVITATION, CredentialKind.RESET, CredentialKind.UNLOCK)


def life(kind: CredentialKind, settings: ClinicSettings) -> timedelta:
    """How long a credential of this kind lives (design §4)."""
    return {
        CredentialKind.INVITATION: timedelta(hours=settings.invitation_life_hours),
        CredentialKind.LETTER: timedelta(days=settings.letter_life_days),
        CredentialKind.RESET: timedelta(minutes=settings.reset_life_minutes),
        CredentialKind.UNLOCK: timedelta(minutes=settings.unlock_life_minutes),
        CredentialKind.TEMP_LOGIN: timedelta(minutes=settings.temp_login_life_minutes),
        CredentialKind.CODE: timedelta(minutes=settings.code_life_minutes),
        CredentialKind.CONFIRM: timedelta(minutes=settings.code_life_minutes),
        CredentialKind.CONFIRM_LINK: timedelta(hours=24),
        CredentialKind.OBJECT: timedelta(days=7),
    }[kind]


def token_of(keys: SecretKeys, credential_id: str, by: str = "") -> str:
    """The link's token: 256 bits, URL-safe. Made at issue for its hash, and again at delivery.

    The first of a series that does not begin with `-`: a command line would take that for an option.
    `by`: the generation of the outbox key, where it is not the one in use.
    """
    made = (base64.urlsafe_b64encode(_derived(keys, f"link {n}", credential_id, by)) for n in count())
    return next(token for token in made if not token.startswith(b"-")).rstrip(b"=").decode()


def code_of(keys: SecretKeys, credential_id: str, by: str = "") -> str:
    """The eight digits of a one-time code."""
    return speech.code_digits(_derived(keys, "code", credential_id, by))


def letter_code_of(keys: SecretKeys, credential_id: str, by: str = "") -> str:
    """The twelve characters of a letter."""
    return letter_codes.drawn(_derived(keys, "letter", credential_id, by))


def words_of(keys: SecretKeys, credential_id: str, by: str = "") -> str:
    """Two words that mail and clerk's screen both show, so that the patient can check the desk."""
    return speech.two_words(_derived(keys, "words", credential_id, by))


def derived_by(keys: SecretKeys, credential: tables.RecoveryCredential) -> str | None:
    """The generation of the outbox key that a stored link or code was derived with: the one that fits its hash.

    None where that generation is gone, so that nothing wrong is ever mailed. With a single generation the hash is not
    asked: a code's costs a bcrypt.
    """
    names = sorted(keys.outbox.all, key=number, reverse=True)
    if len(names) == 1:
        return names[0]
    return next((name for name in names if _fits(keys, credential, name)), None)


def _fits(keys: SecretKeys, credential: tables.RecoveryCredential, name: str) -> bool:
    if credential.kind == CredentialKind.LETTER:
        return letter_matches(keys, credential, letter_code_of(keys, credential.id, name))
    if credential.kind in (CredentialKind.CODE, CredentialKind.CONFIRM):
        return _code_matches(keys, credential, code_of(keys, credential.id, name))
    return hashlib.sha256(token_of(keys, credential.id, name).encode()).hexdigest() == credential.secret_hash


def _derived(keys: SecretKeys, what: str, credential_id: str, by: str) -> bytes:
    return hmac.digest(keys.outbox.all[by or keys.outbox.current].key, canonical((what, credential_id)), "sha256")


def bound_to(account: tables.PortalAccount, letter_to: str | None = None) -> str:
    """What the credential is bound to: password hash and email, so that it dies with either.

    `letter_to`: the postal address, which stands for the email on paper.
    """
    return binding(account.mrn, account.password_hash, account.email if letter_to is None else ("letter", letter_to))


def binding(mrn: str, password_hash: str | None, where: object) -> str:
    """As `bound_to`, of an account's values."""
    return hashlib.sha256(canonical((mrn, password_hash, where))).hexdigest()


def is_bound(credential: tables.RecoveryCredential, account: tables.PortalAccount) -> bool:
    """Whether the account is still as it was when this was made."""
    letter_to = credential.sent_to if credential.kind == CredentialKind.LETTER else None
    return credential.bound_to == bound_to(account, letter_to)


def bound_to_the_hash(session: Session, account: tables.PortalAccount, *, now: datetime) -> bool:
    """Whether a live credential is bound to the password hash that the account has now."""
    open_ = session.execute(_OPEN, {"mrn": account.mrn}).scalars()
    return any(is_bound(one, account) and one.expires_at > now for one in open_)


def new_link(
    session: Session,
    kind: CredentialKind,
    account: tables.PortalAccount,
    *,
    settings: ClinicSettings,
    now: datetime,
    sent_to: str | None,
    check_id: str | None = None,
    request_id: str | None = None,
    call_code: str | None = None,
) -> tables.RecoveryCredential:
    """A link, not yet written; its permit is filled in when it is spent."""
    keys = keys_of(session)
    id_ = secrets.token_hex(12)
    hashed = None
    if call_code is not None:
        hashed = hashing.code_hashed(call_code, pepper=keys.pepper.key, key_id=keys.pepper.current, bound_to=id_)
    return tables.RecoveryCredential(
        id=id_, kind=kind, mrn=account.mrn, reference=_reference(session, account.mrn),
        secret_hash=link_hash(keys, id_), issued_at=now,
        expires_at=now + life(kind, settings), bound_to=bound_to(account), sent_to=sent_to, check_id=check_id,
        request_id=request_id, call_code_hash=hashed,
    )  # fmt: skip


def new_code(
    session: Session,
    kind: CredentialKind,
    account: tables.PortalAccount,
    *,
    bound: str,
    settings: ClinicSettings,
    now: datetime,
    sent_to: str | None,
    check_id: str | None = None,
    request_id: str | None = None,
) -> tables.RecoveryCredential:
    """A one-time code bound to a check or request (ASVS 5.0 6.5.2), not yet written."""
    keys = keys_of(session)
    id_ = secrets.token_hex(12)
    return tables.RecoveryCredential(
        id=id_, kind=kind, mrn=account.mrn, reference=_reference(session, account.mrn),
        secret_hash=hashing.code_hashed(
            code_of(keys, id_), pepper=keys.pepper.key, key_id=keys.pepper.current, bound_to=bound
        ),
        issued_at=now, expires_at=now + life(kind, settings), bound_to=bound, sent_to=sent_to, check_id=check_id,
        request_id=request_id,
    )  # fmt: skip


def link_hash(keys: SecretKeys, credential_id: str) -> str:
    """All that is kept of a link."""
    return hashlib.sha256(token_of(keys, credential_id).encode()).hexdigest()


def _reference(session: Session, mrn: str) -> str:
    """A short public reference that no credential of this holder ever had."""
    credential = tables.RecoveryCredential
    taken = set(session.exec(select(credential.reference).where(credential.mrn == mrn)))
    return new_reference(taken, secrets.SystemRandom())


def new_reference(taken: Collection[str], rng: Chooser) -> str:
    """One that is not taken. There are 16,000: a clinic's live links can be more, one holder's never."""
    return next(made for made in iter(lambda: speech.reference(rng), None) if made not in taken)


def open_ones(session: Session, mrn: str, kinds: Collection[CredentialKind]) -> list[tables.RecoveryCredential]:
    """Credentials of these kinds, newest first, neither redeemed nor revoked (they may be expired)."""
    return [one for one in session.execute(_OPEN, {"mrn": mrn}).scalars() if one.kind in kinds]


def newest(session: Session, mrn: str, kinds: Collection[CredentialKind]) -> tables.RecoveryCredential | None:
    """The newest credential of these kinds, in any state."""
    return session.exec(
        select(tables.RecoveryCredential)
        .where(tables.RecoveryCredential.mrn == mrn, col(tables.RecoveryCredential.kind).in_(kinds))
        .order_by(col(tables.RecoveryCredential.issued_at).desc(), col(tables.RecoveryCredential.changed_seq).desc())
        .limit(1)
    ).first()


def revoking(
    session: Session,
    mrn: str,
    kinds: Collection[CredentialKind],
    *,
    now: datetime,
    superseded_by: str | None = None,
    keep: str | None = None,
    request_id: str | None = None,
) -> list[Change]:
    """The end of every open credential of these kinds; a superseded one then names the newer's reference.

    `request_id`: only those of this request: the end of one request must not take the objection to another away.
    """
    return [
        record.changed(one, revoked_at=now, superseded_by=superseded_by)
        for one in open_ones(session, mrn, kinds)
        if one.id != keep and request_id in (None, one.request_id)
    ]


def by_token(session: Session, token: str) -> tables.RecoveryCredential:
    """The live credential of this token; unknown and dead ones are answered alike.

    Raises: StateForbids `link-dead`; RecordAltered for a planted or altered one.
    """
    wanted = hashlib.sha256(token.strip().encode("utf-8", "replace")).hexdigest()
    found = session.exec(
        select(tables.RecoveryCredential).where(tables.RecoveryCredential.secret_hash == wanted)
    ).first()
    if found is None:
        raise dead_link()
    return whole(session, found)


def require_live(credential: tables.RecoveryCredential, account: tables.PortalAccount, *, now: datetime) -> None:
    """Judge a token before any fact or password is looked at.

    Raises: StateForbids `link-superseded` naming the newer's reference, or `link-dead`.
    """
    if credential.superseded_by and credential.redeemed_at is None:
        raise StateForbids(
            "link-superseded",
            f"A newer {_what(credential.superseded_by)} was sent; this one ({credential.reference}) no longer works.",
            f"Use the {_what(credential.superseded_by)} with reference {credential.superseded_by}.",
        )
    if is_dead(facts_of(credential, bound=is_bound(credential, account)), now=now):
        raise dead_letter() if credential.kind == CredentialKind.LETTER else dead_link()


def _what(reference: str) -> str:
    return "letter" if letter_codes.is_number(reference) else "mail"


def facts_of(credential: tables.RecoveryCredential, *, bound: bool) -> CredentialFacts:
    """A stored credential as the gate's decisions take it."""
    return CredentialFacts(
        credential.expires_at, bound, credential.redeemed_at is not None, credential.revoked_at is not None,
        credential.superseded_by is not None, credential.tries,
    )  # fmt: skip


def dead_link() -> StateForbids:
    """One answer for unknown, used, expired and revoked links."""
    return StateForbids(
        "link-dead",
        "This link is not valid, or not any more.",
        "Ask for a new mail: portaldesk portal forgot-password LOGIN, or call the clinic.",
    )


def dead_letter() -> StateForbids:
    """As `dead_link`, for who holds the letter and has typed its code."""
    return StateForbids(
        "link-dead", "The code of this letter does not work any more.", "Call the clinic, and ask for a new letter."
    )


def require_code_tries(session: Session, mrn: str, *, now: datetime) -> None:
    """Fifteen tries a day over all codes of a patient (design §4).

    Raises: StateForbids `too-many`.
    """
    tried = session.exec(
        select(tables.RecoveryCredential.tries).where(
            tables.RecoveryCredential.mrn == mrn,
            col(tables.RecoveryCredential.kind).in_((CredentialKind.CODE, CredentialKind.CONFIRM)),
            tables.RecoveryCredential.issued_at > now - timedelta(days=1),
        )
    ).all()
    if sum(tried) >= CODE_TRIES_A_DAY:
        raise StateForbids(
            "too-many",
            "Too many codes were tried for this patient in the last 24 hours.",
            "Use another way: a call-back, or photo ID seen in person.",
        )


def code_matches(session: Session, credential: tables.RecoveryCredential, code: str) -> bool:
    return _code_matches(keys_of(session), credential, code)


def letter_matches(keys: SecretKeys, letter: tables.RecoveryCredential, code: str) -> bool:
    """Whether this is the letter's code, bound to the letter itself."""
    return hashing.code_verify(code, letter.secret_hash, peppers=keys.pepper.keys, bound_to=letter.id)


def _code_matches(keys: SecretKeys, credential: tables.RecoveryCredential, code: str) -> bool:
    return hashing.code_verify(code, credential.secret_hash, peppers=keys.pepper.keys, bound_to=credential.bound_to)
