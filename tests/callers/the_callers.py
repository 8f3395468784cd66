"""Who calls: forty and more, each with the shortest way that is legitimate, and the attack that lies nearest to it.

`way`: every command of desk, admin and caller until the caller is helped. `attack`: what somebody tries who is not
helped by it, the last command refused. `before`: how the clinic stands when the phone rings, not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clinic_calls import KIN, NEWER, PASSWORD, Step, admin, caller, desk

FACTS = "verify-identity {mrn} --birth-date - --postal-code - --phone -"
PHOTO = 'verify-identity {mrn} --birth-date - --photo-id "driver licence"'
REDEEM = "redeem - --birth-date - --postal-code - --password-stdin"
BORN, POSTAL, PHONE = "{born}", "{postal}", "{phone}"


def knows() -> Step:
    """The caller knows three facts."""
    return desk(FACTS, BORN, POSTAL, PHONE)


def shows_id() -> Step:
    return desk(PHOTO, BORN)


def redeems(link: str = "{link}") -> Step:
    return caller(REDEEM, link, BORN, POSTAL, NEWER)


def comes(authority: str, document: str) -> Step:
    """Somebody comes for the patient, with documents."""
    return desk(
        f'verify-identity {{mrn}} --birth-date - --representative "Maria Lopez" --authority {authority} '
        f'--document "{document}" --photo-id passport',
        BORN,
    )


COURT = (
    'verify-identity {mrn} --birth-date - --representative "Jo Park" --authority court --document "custody order" '
    "--photo-id passport"
)
INSTEAD = (
    'proxy grant {mrn} --name "Jo Park" --relation father --birth-date - --email - --phone - --instead-of "Maria Lopez"'
)
GRANT = 'proxy grant {mrn} --name "Maria Lopez" --relation mother --birth-date - --email - --phone -'


def grants(line: str = GRANT, *, email: str = "maria.{n}@example.org", ends: int = 0) -> Step:
    return desk(line, "1986-04-02", email, "(555) 321-7788", ends=ends)


APPROVE = admin('approve {request_id} --reason "documents seen"')


def proxy_redeems(password: str = NEWER) -> Step:
    return caller(
        "redeem - --birth-date - --phone - --password-stdin", "{link}", "1986-04-02", "(555) 321-7788", password
    )


AS_PROXY = (comes("parent", "birth certificate"), grants(), APPROVE, proxy_redeems(PASSWORD), desk("end-call"))
MAIL_GOES_OUT = admin("outbox send")
ACTIVE = (
    caller("forgot-password -", "{email}"),
    MAIL_GOES_OUT,
    caller(f"{REDEEM} --username {{login}}", "{link}", BORN, POSTAL, PASSWORD),
)
CHILD = {"birth_date": "2018-03-09"}
TEEN = {"birth_date": "2012-03-09"}
GUESSES = desk("verify-identity {mrn} --birth-date - --postal-code -", "1901-01-01", "00000", ends=4)


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller. `facts`: what the patient's row has besides, empty for what is not on file."""

    who: str
    wants: str
    way: tuple[Step, ...]
    attacker: str
    attack: tuple[Step, ...]
    facts: dict[str, str] = field(default_factory=dict)
    before: tuple[Step, ...] = ()


CALLERS = (
    Caller(
        "an adult who forgot the password",
        "a new one",
        (knows(), desk("send-reset {mrn}"), redeems()),
        "knows name and birth date only",
        (desk("verify-identity {mrn} --birth-date -", BORN), desk("send-reset {mrn}", ends=4)),
        before=ACTIVE,
    ),
    Caller(
        "an adult who never opened the account",
        "an invitation",
        (knows(), desk("resend-invite {mrn}"), redeems()),
        "reads the mailbox, and knows nothing of the patient",
        (knows(), desk("resend-invite {mrn}"), caller(REDEEM, "{link}", "1960-01-01", "66000", NEWER, ends=4)),
    ),
    Caller(
        "an adult who forgot the username",
        "to be told it",
        (knows(), desk("recover-username {mrn}")),
        "wants to hear it on the phone",
        (knows(), desk("change-username {mrn} --username thief", ends=4)),
        before=ACTIVE,
    ),
    Caller(
        "an adult who typed the password wrong too often",
        "to try again",
        (knows(), desk("unlock {mrn}"), caller("redeem - --birth-date - --postal-code -", "{link}", BORN, POSTAL)),
        "knows the facts and wants the lock gone at once, to go on guessing",
        (
            knows(),
            desk("unlock {mrn}", shows='"effect": "link-sent"'),
            caller("sign-in {login} --password-stdin", "a guess", ends=3),
        ),
        before=(*ACTIVE, *(caller("sign-in {login} --password-stdin", "wrong", ends=3) for _ in range(5))),
    ),
    Caller(
        "an adult at the desk without email and phone",
        "to get in today",
        (
            shows_id(),
            desk("issue-temp-login {mrn}"),
            caller("change-password {username} --birth-date - --password-stdin", BORN, "{temporary_password}", NEWER),
        ),
        "shows somebody's card and does not know the birth date",
        (desk("verify-identity {mrn} --photo-id passport"), desk("issue-temp-login {mrn}", ends=4)),
        facts={"email": "", "phone": ""},
    ),
    Caller(
        "an adult whose email is an old one",
        "mail to the new one",
        (
            shows_id(),
            desk("update-contact {mrn} --email -", "new.{n}@example.org"),
            desk("confirm {request_id} --code -", "{code}"),
            APPROVE,
            desk("send-reset {mrn}"),
            redeems(),
        ),
        "holds the old mailbox and a code from it",
        (
            knows(),
            desk("verify-identity {mrn} --send-code email"),
            desk("verify-identity {mrn} --code -", "{code}"),
            desk("update-contact {mrn} --email -", "thief.{n}@example.net", ends=4),
        ),
        before=ACTIVE,
    ),
    Caller(
        "an adult with a new phone number",
        "the number changed",
        (
            shows_id(),
            desk("update-contact {mrn} --phone -", "(555) 888-1234"),
            desk("confirm {request_id} --callback"),
            APPROVE,
        ),
        "was called back on the number that is to change",
        (
            knows(),
            desk("verify-identity {mrn} --callback"),
            desk("update-contact {mrn} --phone -", "(555) 888-9999", ends=4),
        ),
    ),
    Caller(
        "an adult who sees that someone else got in",
        "them out",
        (knows(), desk("secure-account {mrn}"), desk("send-reset {mrn}"), redeems()),
        "wants the old password back afterwards",
        (knows(), desk("secure-account {mrn}"), caller("sign-in {login} --password-stdin", PASSWORD, ends=3)),
        before=ACTIVE,
    ),
    Caller(
        "an adult on the phone who reads their mail",
        "a temporary login",
        (
            knows(),
            desk("verify-identity {mrn} --send-code email"),
            desk("verify-identity {mrn} --code -", "{code}"),
            desk("issue-temp-login {mrn}"),
            caller("change-password {username} --birth-date - --password-stdin", BORN, "{temporary_password}", NEWER),
        ),
        "guesses the code",
        (
            knows(),
            desk("verify-identity {mrn} --send-code email"),
            *(desk("verify-identity {mrn} --code -", f"0000 000{n}") for n in range(4)),
            desk("verify-identity {mrn} --code -", "0000 0009", ends=4),
        ),
    ),
    Caller(
        "a mother with her child's birth certificate",
        "to see the child's record",
        (comes("parent", "birth certificate"), grants(), APPROVE, proxy_redeems()),
        "calls as the child of eight",
        (desk(FACTS, BORN, POSTAL, PHONE, ends=6),),
        facts=CHILD,
    ),
    Caller(
        "a mother who is a proxy and forgot her password",
        "a new one",
        (
            desk(
                'verify-identity {mrn} --proxy "Maria Lopez" --birth-date - --own-birth-date - --phone -',
                BORN,
                "1986-04-02",
                "(555) 321-7788",
            ),
            desk("send-reset {mrn}"),
            proxy_redeems(),
        ),
        "knows the child's facts and wants the child's own login",
        (
            desk(
                'verify-identity {mrn} --proxy "Maria Lopez" --birth-date - --own-birth-date - --phone -',
                BORN,
                "1986-04-02",
                "(555) 321-7788",
            ),
            desk("issue-temp-login {mrn}", ends=4),
            desk("update-contact {mrn} --email -", "mine@example.net", ends=4),
        ),
        facts=CHILD,
        before=AS_PROXY,
    ),
    Caller(
        "a mother at the desk who lost her own email",
        "her own login",
        (
            desk('verify-identity {mrn} --proxy "Maria Lopez" --birth-date - --photo-id passport', BORN),
            desk("issue-temp-login {mrn}", shows='"proxy": "proxy:'),
            caller(
                "change-password {username} --birth-date - --password-stdin",
                "1986-04-02",
                "{temporary_password}",
                NEWER,
            ),
        ),
        "names herself a proxy and is none",
        (desk('verify-identity {mrn} --proxy "Eva Thief" --birth-date -', BORN, ends=5),),
        facts=CHILD,
        before=AS_PROXY,
    ),
    Caller(
        "a court's guardian",
        "to act for the patient",
        (
            comes("court", "order of the probate court"),
            grants(GRANT.replace("mother", "guardian")),
            APPROVE,
            proxy_redeems(),
        ),
        "has the order on paper and shows no ID",
        (
            desk('verify-identity {mrn} --birth-date - --representative "Maria Lopez" --authority court', BORN),
            grants(ends=4),
        ),
    ),
    Caller(
        "a husband without authority",
        "to help his wife, who is beside him",
        (shows_id(), grants(GRANT.replace("mother", "husband")), proxy_redeems()),
        "knows every fact of hers",
        (knows(), grants(GRANT.replace("mother", "husband"), ends=4)),
    ),
    Caller(
        "a grown child with power of attorney",
        "to act for the father",
        (
            comes("poa", "durable power of attorney"),
            grants(GRANT.replace("mother", "daughter")),
            APPROVE,
            proxy_redeems(),
        ),
        "claims to be the parent of an adult",
        (comes("parent", "birth certificate"), grants(ends=6)),
        facts={"birth_date": "1940-05-06"},
    ),
    Caller(
        "an adolescent of fourteen",
        "an account of their own",
        (knows(), desk("resend-invite {mrn}"), redeems()),
        "a parent without leave who knows the facts wants a login at once",
        (knows(), desk("issue-temp-login {mrn}", ends=4)),
        facts=TEEN,
    ),
    Caller(
        "an adolescent who types the mother's username",
        "to know which is theirs",
        (
            knows(),
            desk("diagnose {mrn} --username {username}", shows="the login of your mother"),
            desk("resend-invite {mrn}"),
            redeems(),
        ),
        "asks without a check which names there are",
        (
            desk("diagnose {mrn} --username {username}", shows='"cause": "username-differs", "found": null'),
            desk("proxy list {mrn}", ends=4),
        ),
        facts=TEEN,
        before=AS_PROXY,
    ),
    Caller(
        "a twin",
        "their own account",
        (knows(), desk("resend-invite {mrn}"), redeems()),
        "the other twin, who knows birth date, address and phone, wants a login shown",
        (knows(), desk("issue-temp-login {mrn}", ends=4)),
        facts={"birth_date": "1999-09-09"},
    ),
    Caller(
        "a namesake",
        "their own record, not the other's",
        (desk("find Jordan{n} --birth-date {born}", shows="{mrn}"), knows(), desk("resend-invite {mrn}"), redeems()),
        "tells the other namesake's birth date",
        (GUESSES, desk("resend-invite {mrn}", ends=4)),
    ),
    Caller(
        "a patient without a phone",
        "a new password",
        (
            desk("verify-identity {mrn} --birth-date - --postal-code - --email -", BORN, POSTAL, "{email}"),
            desk("send-reset {mrn}"),
            redeems(),
        ),
        "was looked up by the email, which then is no answer",
        (
            desk("verify-identity email:{email} --birth-date - --postal-code - --email -", BORN, POSTAL, "{email}"),
            desk("send-reset {mrn}", ends=4),
        ),
        facts={"phone": ""},
        before=ACTIVE,
    ),
    Caller(
        "a patient without an email",
        "a letter",
        (knows(), desk("resend-invite {mrn} --letter"), admin("outbox letters --print {letters}"), redeems("{letter}")),
        "opens the letter in the hall",
        (
            knows(),
            desk("resend-invite {mrn} --letter"),
            admin("outbox letters --print {letters}"),
            caller(REDEEM, "{letter}", "1960-01-01", "66000", NEWER, ends=4),
        ),
        facts={"email": ""},
    ),
    Caller(
        "a patient without a fixed address, phone or email",
        "an account",
        (
            shows_id(),
            desk("issue-temp-login {mrn}"),
            caller("change-password {username} --birth-date - --password-stdin", BORN, "{temporary_password}", NEWER),
        ),
        "knows the birth date and calls",
        (desk("verify-identity {mrn} --birth-date -", BORN), desk("issue-temp-login {mrn}", ends=4)),
        facts={"email": "", "phone": "", "address": "", "city": "", "postal_code": ""},
    ),
    Caller(
        "a patient with an interpreter on the line",
        "a new password",
        (
            desk(f'{FACTS} --reason "interpreter 4711 on the line"', BORN, POSTAL, PHONE),
            desk("send-reset {mrn}"),
            redeems(),
        ),
        "the interpreter alone, as a representative without a paper",
        (
            desk('verify-identity {mrn} --birth-date - --representative "Ina Terp"', BORN, ends=2),
            desk("send-reset {mrn}", ends=4),
        ),
        before=ACTIVE,
    ),
    Caller(
        "the executor of a patient who died",
        "to be passed on",
        (desk("diagnose {mrn}", shows='"cause": "patient-deceased", "found": true'),),
        "wants the dead patient's account opened",
        (comes("court", "letters testamentary"), grants(ends=6)),
        facts={"status": "deceased"},
    ),
    Caller(
        "a patient whose record was merged into another",
        "the account that goes on",
        (
            desk("diagnose {mrn}", shows="{survivor}"),
            desk(
                "verify-identity {survivor} --birth-date - --postal-code - --phone -",
                "1970-01-02",
                "66001",
                "(555) 200-0001",
            ),
            desk("resend-invite {survivor}"),
        ),
        "goes on with the old number",
        (desk(FACTS, BORN, POSTAL, PHONE, ends=6),),
        facts={"status": "merged", "merged_into": "{survivor}"},
    ),
    Caller(
        "the child of the staff member at the desk",
        "an account, from a colleague",
        (Step("admin", FACTS, (BORN, POSTAL, PHONE)), admin("resend-invite {mrn}"), redeems()),
        "the staff member helps their own child",
        (Step(KIN, FACTS, (BORN, POSTAL, PHONE), 3),),
        facts={"mrn": "MRN-KIN", **TEEN},
    ),
    Caller(
        "a patient who moved",
        "a new password",
        (
            desk("verify-identity {mrn} --birth-date - --phone - --last-visit -", BORN, PHONE, "2026-10-01"),
            desk("send-reset {mrn}"),
            redeems(),
        ),
        "an old neighbour who guesses at the new address",
        (GUESSES, desk("send-reset {mrn}", ends=4)),
        before=ACTIVE,
    ),
    Caller(
        "a patient with a number abroad",
        "an invitation",
        (desk(FACTS, BORN, POSTAL, "+44 20 7946 0958"), desk("resend-invite {mrn}"), redeems()),
        "says the number of somebody else",
        (desk(FACTS, BORN, POSTAL, "+44 20 7946 0000"), desk("resend-invite {mrn}", ends=4)),
        facts={"phone": "+442079460958"},
    ),
    Caller(
        "a patient who helps themselves at night",
        "a new password without the desk",
        (caller("forgot-password -", "{email}"), MAIL_GOES_OUT, redeems()),
        "asks for the mail of somebody else",
        (
            caller("forgot-password -", "nobody.{n}@example.org"),
            caller(REDEEM, "abc", "1960-01-01", "66000", NEWER, ends=6),
        ),
        before=ACTIVE,
    ),
    Caller(
        "a patient who forgot the username at night",
        "to be told it without the desk",
        (caller("forgot-username -", "{email}"),),
        "asks which addresses have an account",
        (caller("forgot-username -", "nobody.{n}@example.org", shows="If there is an account"),),
        before=ACTIVE,
    ),
    Caller(
        "one of a family that shares an email",
        "their own account",
        (caller("forgot-password -", "family@example.org"), MAIL_GOES_OUT, redeems("{link_of}")),
        "a brother who takes the sister's link",
        (
            caller("forgot-password -", "family@example.org"),
            MAIL_GOES_OUT,
            caller(REDEEM, "{link_of}", "1985-05-05", "66031", NEWER, ends=4),
        ),
        facts={"email": "family@example.org"},
    ),
    Caller(
        "a patient who wants no account",
        "to be left alone",
        (knows(), desk('decline {mrn} --reason "does not want one"')),
        "a stranger wants it gone",
        (desk('decline {mrn} --reason "does not want one"', ends=4),),
    ),
    Caller(
        "a patient who changed their mind",
        "the account after all",
        (shows_id(), desk("enable {mrn}"), desk("resend-invite {mrn}"), redeems()),
        "knows the facts",
        (knows(), desk("enable {mrn}", ends=4)),
        before=(knows(), desk('decline {mrn} --reason "does not want one"'), desk("end-call")),
    ),
    Caller(
        "a patient whose account was switched off",
        "it on again",
        (shows_id(), desk("enable {mrn}")),
        "holds the mailbox and reads a code back",
        (
            knows(),
            desk("verify-identity {mrn} --send-code email"),
            desk("verify-identity {mrn} --code -", "{code}"),
            desk("enable {mrn}", ends=4),
        ),
        before=(*ACTIVE, shows_id(), desk("disable {mrn}"), desk("end-call")),
    ),
    Caller(
        "a patient on hold after somebody's guesses",
        "a new password today",
        (shows_id(), desk("send-reset {mrn}"), redeems()),
        "the guesser, who has learnt the facts by now",
        (desk(FACTS, BORN, POSTAL, PHONE, ends=4), desk("send-reset {mrn}", ends=4)),
        before=(*ACTIVE, GUESSES, GUESSES, GUESSES),
    ),
    Caller(
        "a patient whose temporary login is over",
        "another one",
        (
            shows_id(),
            desk("issue-temp-login {mrn}"),
            caller("change-password {username} --birth-date - --password-stdin", BORN, "{temporary_password}", NEWER),
        ),
        "found the slip of paper and does not know the birth date",
        (
            shows_id(),
            desk("issue-temp-login {mrn}"),
            caller(
                "change-password {username} --birth-date - --password-stdin",
                "1901-01-01",
                "{temporary_password}",
                NEWER,
                ends=4,
            ),
        ),
        before=(shows_id(), desk("issue-temp-login {mrn}"), desk("end-call")),
    ),
    Caller(
        "a patient in a refuge",
        "mail kept from the family",
        (knows(), desk("contacts list {mrn}"), desk("contacts mark {mrn} email-1 --confidential")),
        "the family, to have it opened again",
        (knows(), desk("contacts mark {mrn} email-1 --usable", ends=4)),
    ),
    Caller(
        "a patient who wants the former husband out",
        "his leave ended",
        (shows_id(), desk('proxy revoke {mrn} "Maria Lopez"')),
        "the former husband calls as the proxy he was",
        (
            shows_id(),
            desk('proxy revoke {mrn} "Maria Lopez"'),
            desk('verify-identity {mrn} --proxy "Maria Lopez" --birth-date -', BORN, ends=5),
        ),
        before=(shows_id(), grants(), desk("end-call")),
    ),
    Caller(
        "a father with a custody order",
        "the mother's leave ended and his own begun",
        (
            desk(
                COURT,
                BORN,
            ),
            desk(
                INSTEAD,
                "1984-07-08",
                "jo.{n}@example.org",
                "(555) 321-9900",
            ),
            APPROVE,
        ),
        "approves his own request, as a clerk with a friend would",
        (
            desk(
                COURT,
                BORN,
            ),
            desk(
                'proxy grant {mrn} --name "Jo Park" --relation father --birth-date - --email - --phone -',
                "1984-07-08",
                "jo.{n}@example.org",
                "(555) 321-9900",
            ),
            desk('approve {request_id} --reason "seen"', ends=3),
        ),
        facts=CHILD,
        before=AS_PROXY,
    ),
    Caller(
        "a mother of two who has a login already",
        "the second child in it",
        (comes("parent", "birth certificate"), grants(email="maria@example.org"), APPROVE),
        "uses what was asked for and not yet approved",
        (
            comes("parent", "birth certificate"),
            grants(),
            desk('verify-identity {mrn} --proxy "Maria Lopez" --birth-date -', BORN, ends=5),
        ),
        facts=CHILD,
    ),
    Caller(
        "a patient whose invitation went to spam and a second was sent",
        "the right one of the two",
        (knows(), desk("diagnose {mrn}"), desk("resend-invite {mrn}"), redeems()),
        "uses the older of the two mails",
        (knows(), desk("resend-invite {mrn}"), caller(REDEEM, "{old_link}", BORN, POSTAL, NEWER, ends=6)),
        before=(caller("forgot-password -", "{email}"), MAIL_GOES_OUT),
    ),
    Caller(
        "a patient whose password breaks the rules",
        "to hear which rules",
        (knows(), desk("send-reset {mrn}"), caller(REDEEM, "{link}", BORN, POSTAL, "short", ends=6), redeems()),
        "takes the old password again",
        (knows(), desk("send-reset {mrn}"), caller(REDEEM, "{link}", BORN, POSTAL, PASSWORD, ends=6)),
        before=ACTIVE,
    ),
)
