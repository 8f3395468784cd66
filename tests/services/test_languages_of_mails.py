"""Who reads Spanish is written to in Spanish, and the desk is told the subject that they see."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from phone_calls import ANA, BEN, ROSA, ROWS, SAM, SETTINGS, Desk
from stores import bring

from portaldesk.services import diagnosis, forgetting, outgoing
from portaldesk.settings import ClinicSettings
from portaldesk.store import record

pytestmark = pytest.mark.sqlite_only("about what mails say, not about where they are kept")

HOME = "ana@example.org"
INGLES, ESPANOL = (
    "Choose a new password for the patient portal",
    "Elija una contraseña nueva para el portal del paciente",
)


def speaks(desk: Desk, mrn: str, language: str, **more: str) -> None:
    bring(desk.session, [replace(ROWS[mrn], language=language, **more)], now=desk.now, actor=ROSA)


def subject(desk: Desk, kind: str, settings: ClinicSettings = SETTINGS) -> str:
    message = desk.mails(kind)[-1]
    parcel = outgoing.written(desk.session, message, settings=settings, now=desk.now).parcel
    assert isinstance(parcel, EmailMessage)
    return str(parcel["Subject"])


@pytest.mark.parametrize(
    ("language", "locale", "begins"),
    [("es", "en_US", ESPANOL), ("fr", "es_US", ESPANOL), ("en", "es_US", INGLES)],
)
def test_a_mail_is_in_the_language_of_the_record_else_of_the_clinic(
    desk: Desk, language: str, locale: str, begins: str
) -> None:
    speaks(desk, ANA, language)
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.now)
    assert subject(desk, "reset", replace(SETTINGS, locale=locale)).startswith(begins)


def test_one_mail_to_readers_of_two_languages_is_in_the_clinics(desk: Desk) -> None:
    speaks(desk, ANA, "es")
    speaks(desk, BEN, "en", email=HOME)
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.later(days=2))
    assert subject(desk, "family-links").startswith("Links for the patient portal")
    speaks(desk, BEN, "es", email=HOME)
    assert subject(desk, "family-links").startswith("Enlaces para el portal del paciente")


def test_the_desk_is_told_the_subject_that_the_patient_sees(desk: Desk, tmp_path: Path) -> None:
    speaks(desk, ANA, "es")
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.now)
    message = desk.mails("reset")[-1]
    sent = [record.changed(message, sent_at=desk.now)]
    record.append(desk.session, record.Entry("deliver", "done", patient=ANA), sent, now=desk.now)
    desk.basic(ANA)

    def said(templates: Path | None) -> str:
        seen = diagnosis.diagnose(
            desk.session, SAM, ANA, said_username=None, settings=SETTINGS, now=desk.now, templates=templates
        )
        return next(one.say for one in seen.causes if one.cause == "mail-sent")

    assert f"with the subject '{ESPANOL} - {SETTINGS.clinic_name}' and the reference" in said(None)
    (tmp_path / "reset.txt").write_text("Subject: Hola\n\n{{ link }}\n", encoding="utf-8")
    assert "with the subject 'Hola - " in said(tmp_path)
