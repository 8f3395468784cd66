"""A clinic's own templates say what they like; they lose no link and no safety line, and lead nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from portaldesk.mail.samples import SAMPLES, TOKEN
from portaldesk.mail.stationery import Letter, Stationery
from portaldesk.services import previews
from portaldesk.settings import ClinicSettings

NOW = datetime(2026, 11, 25, 10, 42, tzinfo=UTC)
SETTINGS = ClinicSettings(portal_url="https://portal.example.org", clinic_name="Elm Street Clinic")
LINK = f"https://portal.example.org/redeem/{TOKEN}"
HEAD = "Subject: Hi from Elm Street\nButton: Go on\n\n{{ hello }}\n\n"
PAGE = (
    "<html><body><img src='https://portal.example.org/logo.png' alt='{{ clinic }}'>{% for part in parts %}"
    "{% if part.kind == 'link' %}<a href='{{ part.text }}'>{{ button }}</a>{% else %}<p>{{ part.text }}</p>"
    "{% endif %}{% endfor %}%s</body></html>"
)


def reset(folder: Path, language: str = "en") -> Letter:
    return SAMPLES["reset"](Stationery(SETTINGS, language, folder), NOW)


def ours(language: str = "en") -> Letter:
    return SAMPLES["reset"](Stationery(SETTINGS, language), NOW)


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_a_template_of_the_clinic_is_used_with_all_that_belongs_to_the_link(tmp_path: Path) -> None:
    said = "{% trans %}Choose a new password{% endtrans %}:\n\n{{ link }}\n\nBye, {{ clinic }}\n"
    put(tmp_path, "reset.txt", HEAD + said)
    put(tmp_path, "es/reset.txt", "Subject: Saludos\n\n{{ hello }}\n\n{{ link }}\n")
    letter, spanish = reset(tmp_path), reset(tmp_path, "es")
    assert (letter.trouble, spanish.trouble) == ("", "")
    assert letter.subject == "Hi from Elm Street - Elm Street Clinic"
    assert letter.text.startswith(f"Hello Maria,\n\nChoose a new password:\n\n{LINK}\n\nThe link is valid for 60")
    assert letter.text.partition("Do not forward")[2] == ours().text.partition("Do not forward")[2]
    assert f'<a href="{LINK}"' in letter.html
    assert "Go on</a>" in letter.html
    assert spanish.text.startswith("Hola, Maria:")
    assert SAMPLES["locked"](Stationery(SETTINGS, "en", tmp_path), NOW) == SAMPLES["locked"](Stationery(SETTINGS), NOW)


def test_a_page_of_the_clinic_is_used_for_every_mail(tmp_path: Path) -> None:
    put(tmp_path, "layout.html", PAGE.replace("%s", ""))
    for kind, sample in SAMPLES.items():
        letter = sample(Stationery(SETTINGS, "es", tmp_path), NOW)
        assert letter.trouble == "", kind
        assert "logo.png" in letter.html
        assert letter.text == sample(Stationery(SETTINGS, "es"), NOW).text


@pytest.mark.parametrize(
    "text",
    [
        "{{ hello }}\n\n{{ link }}",
        HEAD + "No link at all.",
        HEAD + "Open {{ link }} now",
        HEAD + "{{ link }}\n\n{{ link }}",
        HEAD + "https://portal.example.org/help\n\n{{ link }}",
        HEAD + "{{ link }}\n\nhttps://evil.example/",
        HEAD + "{{ link }}\n\nwww.evil.example",
        HEAD + "{{ link }}\n\nSign in at evil.example/login.",
        HEAD + "{{ link }}\n\nAnswer to mailto:desk@evil.example",
        HEAD + "{{ link }}\n\n{% for i in range(20) %}{{ link * 2000 }}{% endfor %}",
        HEAD + "{{ link }}\n\nhttps://portal.example.org.evil.example/",
        HEAD + "{{ link }}\n\nhttps://portal.example.org@evil.example/",
        HEAD + "{{ link }}\n\nhttps://portal.example.org:8443/",
        HEAD + "{{ link }}\n\nhttps://portal.example.org/log/{{ link[-43:] }}",
        "Subject: {{ link }}\n\n{{ link }}",
        HEAD + "{{ link }}\n\n{{ first_nam }}",
        HEAD + "{{ link }}\n\n{% for",
        HEAD + "{{ link }}\n\n{{ 1 / 0 }}",
        HEAD + "{{ link }}\n\n{{ ''.__class__.__mro__ }}",
        HEAD + "{{ link }}\n\n{% include 'es/reset.txt' %}",
        HEAD + "{% if hello == 'Hello Zoe,' %}{{ link }}{% endif %}",
        "\udcff",
    ],
)
def test_a_template_that_loses_the_link_or_leads_elsewhere_is_not_used(text: str, tmp_path: Path) -> None:
    (tmp_path / "reset.txt").write_bytes(text.encode("utf-8", "surrogateescape"))
    letter, built_in = reset(tmp_path), ours()
    assert (letter.text, letter.html, letter.subject) == (built_in.text, built_in.html, built_in.subject)
    assert letter.trouble.startswith("reset.txt: ")
    assert not any(secret in letter.trouble for secret in (TOKEN, "Maria"))


@pytest.mark.parametrize(
    "page",
    [
        "<p>{{ clinic }}</p>",
        PAGE.replace("%s", "<script>1</script>"),
        PAGE.replace("%s", "<img src='https://track.example/x.gif'>"),
        PAGE.replace("%s", f"<img src='https://portal.example.org/{TOKEN}.gif'>"),
        PAGE.replace("%s", "<a href='javascript:1'>x</a>"),
        PAGE.replace("%s", "<p>https://evil.example/login</p>"),
        PAGE.replace("%s", "<p onclick='1'>x</p>"),
        PAGE.replace("%s", "<p style='background: url(https://track.example/)'>x</p>"),
        PAGE.replace("%s", "<style>@import 'https://track.example/'</style>"),
        PAGE.replace("%s", "<form action='https://evil.example'></form>"),
        PAGE.replace("%s", "<!--[if mso]><p>x</p><![endif]-->"),
        PAGE.replace("%s", "<meta http-equiv='refresh' content='0;https://evil.example'>"),
        PAGE.replace("href='{{ part.text }}'", "href='{{ part.text }}?x'"),
        PAGE.replace("<p>{{ part.text }}</p>", ""),
        PAGE.replace("<p>{{ part.text }}</p>", "<title>{{ part.text }}</title>"),
        PAGE.replace("<p>{{ part.text }}</p>", "<style>{{ part.text }}</style>"),
    ],
)
def test_a_page_that_loads_runs_leaves_out_or_leads_elsewhere_is_not_used(page: str, tmp_path: Path) -> None:
    put(tmp_path, "layout.html", page)
    letter = reset(tmp_path)
    assert letter.html == ours().html
    assert letter.trouble.startswith("layout.html: ")


def test_a_folder_that_cannot_be_looked_into_keeps_no_mail_back(tmp_path: Path) -> None:
    letter = reset(tmp_path / ("x" * 300))  # longer than a name may be: as any folder that the system refuses
    assert (letter.text, letter.trouble) == (ours().text, "reset.txt: it cannot be read (File name too long).")


def test_what_a_value_holds_is_no_markup_on_the_page_of_a_clinic(tmp_path: Path) -> None:
    put(tmp_path, "layout.html", PAGE.replace("%s", ""))
    settings = ClinicSettings(portal_url=SETTINGS.portal_url, clinic_name="<script>Elm & Co</script>")
    letter = SAMPLES["changed"](Stationery(settings, "en", tmp_path), NOW)
    assert letter.trouble == ""
    assert "<script>" not in letter.html


def test_the_doctor_names_each_template_that_is_not_used_and_files_that_are_none(tmp_path: Path) -> None:
    def seen(folder: Path) -> list[tuple[bool, bool, str]]:
        found = previews.own_templates(folder, settings=SETTINGS, now=NOW)
        return [(one.ok, one.remark, one.message) for one in found]

    sound, ill = tmp_path / "sound", tmp_path / "ill"
    assert seen(tmp_path / "none") == []
    put(sound, "reset.txt", HEAD + "{{ link }}")
    assert seen(sound) == [(True, False, "Templates of the clinic in use: reset.txt.")]
    put(ill, "es/locked.txt", "{% for")
    put(ill, "rest.txt", "x")
    (strange, broken) = seen(ill)
    assert strange == (True, True, "No mail is written from: rest.txt.")
    assert broken[0] is False
    assert "es/locked.txt: line 1" in broken[2]
