"""The reference and the table of all ways in are what the code says, and the code says what its help promises."""

from __future__ import annotations

import io
import re
import shlex
import sys
from typing import Any
from unittest.mock import patch

import pytest
import transcripts
from desks import Clinic, Ran

from portaldesk.cli import reference
from portaldesk.cli.reference_documents import ALSO, DOCUMENTS, shape
from portaldesk.gate import roles
from portaldesk.gate.actions import ACTIONS

DOCS = transcripts.ROOT / "docs"
ENTRIES = {one.words: one for one in reference.entries()}


def test_the_reference_is_fresh() -> None:
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == reference.reference(), "stale: run make docs"


def test_the_table_of_all_ways_in_is_fresh_and_has_every_action() -> None:
    page = (DOCS / "security.md").read_text(encoding="utf-8")
    assert page == reference.with_ways_in(page), "stale: run make docs"
    assert [action for action in ACTIONS if f"| `{action}` |" not in page] == []


@pytest.mark.parametrize("words", ENTRIES)
def test_every_command_has_help_and_an_example_that_parses(words: str) -> None:
    command = ENTRIES[words].command
    text, example = reference.help_and_example(command)
    assert text.endswith((".", "?")), text
    typed = shlex.split(re.split(r" >+ | \| ", example)[0])
    start = ["portaldesk", *words.split()]
    assert typed[: len(start)] == start, example
    stdin = io.TextIOWrapper(io.BytesIO(b"line\n" * typed.count("-")), encoding="utf-8")
    with patch.object(sys, "stdin", stdin):
        command.make_context(words, typed[len(start) :])  # raises for an option or a value that it does not know


def test_every_command_says_who_may_run_it() -> None:
    open_to_all = {words for words in ENTRIES if words.startswith(reference.NO_SIGN_IN)}
    # what some options of a command ask for
    no_commands = {"doctor mend", "find-duplicates report", "resend-invite bulk", "staff totp reset"}
    assert set(ENTRIES) - open_to_all == set(roles.MAY) - no_commands
    assert not open_to_all & set(roles.MAY)


def test_every_error_word_is_used_with_one_exit_code() -> None:
    assert {code: exits for code, exits in reference.codes().items() if len(exits) != 1} == {}


def test_every_command_has_its_json_document_told() -> None:
    assert set(DOCUMENTS) == set(ENTRIES)


def test_documents_of_a_call_have_the_fields_that_are_told(clinic: Clinic) -> None:
    samples = transcripts.ROOT / "src" / "portaldesk" / "samples" / "patients.csv"
    said = "August 15, 1988\n66441\n785 555 0119\n"
    facts = ("--birth-date", "-", "--postal-code", "-", "--phone", "-")
    _told("import patients", clinic.rosa("import", "patients", str(samples), "--json"))
    _told("find", clinic.sam("find", "raman", "--json"))
    _told("diagnose", clinic.sam("diagnose", "MRN-1019", "--json"))
    _told("verify-identity", clinic.sam("verify-identity", "MRN-1019", *facts, "--json", input=said))
    _told("resend-invite", clinic.sam("resend-invite", "MRN-1019", "--json"))
    _told("end-call", clinic.sam("end-call", "--json"))
    many = clinic.rosa("resend-invite", "--all-pending", "--no-send", "--json")
    _agree(_names(shape(ALSO["resend-invite"][1])), many.document, "resend-invite --all-pending")
    photo = ("--birth-date", "-", "--photo-id", "passport", "--json")
    _told("verify-identity", clinic.sam("verify-identity", "MRN-1020", *photo, input="10/20/1944\n"))
    asked = clinic.sam("update-contact", "MRN-1020", "--email", "-", "--json", input="harold@example.org\n")
    _told("update-contact", asked)
    _told("requests list", clinic.rosa("requests", "list", "--json"))
    _told("reject", clinic.rosa("reject", asked.document["request_id"], "--reason", "slip", "--json"))
    made = clinic.sam("issue-temp-login", "MRN-1020", "--json")
    _told("issue-temp-login", made)
    password = made.document["temporary_password"]
    signed_in = clinic.anyone(
        "portal", "sign-in", made.document["username"], "--password-stdin", "--json", input=f"{password}\n"
    )
    _told("portal sign-in", signed_in)
    _told("disable", clinic.sam("disable", "MRN-1020", "--json"))


def test_documents_about_the_desk_have_the_fields_that_are_told(clinic: Clinic) -> None:
    _told("staff list", clinic.rosa("staff", "list", "--json"))
    _told("staff add", clinic.rosa("staff", "add", "nora", "--role", "auditor", "--json"))
    _told("staff token", clinic.rosa("staff", "token", "nora", "--json"))
    _told("staff disable", clinic.rosa("staff", "disable", "nora", "--json"))
    _told("settings show", clinic.rosa("settings", "show", "--json"))
    _told("settings set", clinic.rosa("settings", "set", "clinic_name", "Elm Street", "--json"))
    _told("policy show", clinic.rosa("policy", "show", "--json"))
    _told("policy check", clinic.anyone("policy", "check", "-", "--json", input="short\n"), code=6)
    _told("outbox list", clinic.rosa("outbox", "list", "--json"))
    _told("hold list", clinic.rosa("hold", "list", "--json"))
    _told("list-resets", clinic.rosa("list-resets", "--json"))
    _told("audit show", clinic.rosa("audit", "show", "--json"))
    _told("audit verify", clinic.rosa("audit", "verify", "--json"))
    _told("audit anchor", clinic.rosa("audit", "anchor", "--json"))
    _told("audit report", clinic.rosa("audit", "report", "--json"))
    _told("doctor", clinic.rosa("doctor", "--json"))
    _told("find-duplicates", clinic.rosa("find-duplicates", "--json"))
    _told("whoami", clinic.sam("whoami", "--json"))


def _told(command: str, ran: Ran, *, code: int = 0) -> None:
    assert ran.code == code, ran.err
    _agree(_names(shape(DOCUMENTS[command])), ran.document, command)


def _agree(names: dict[str, Any], document: dict[str, Any], where: str) -> None:
    assert set(document) == set(names), where
    for name, inner in names.items():
        found = document[name]
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, dict):
                assert inner is not None, f"{where}: the fields of {name} are not told"
                _agree(inner, one, f"{where}: {name}")


def _names(text: str) -> dict[str, Any]:
    """`a, b [{c}]` as {a: None, b: {c: None}}."""
    parts, depth, start = [], 0, 0
    text = re.sub(r"\([^()]*\)", "", text)
    for at, char in enumerate(f"{text},"):
        depth += (char in "[{") - (char in "]}")
        if char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    made: dict[str, Any] = {}
    for part in parts:
        name, _, rest = part.partition(" ")
        inner = re.fullmatch(r"\[?\{(.*)\}\]?", rest.strip(), re.DOTALL)
        made[name] = _names(inner.group(1)) if inner else None
    return made


def test_every_test_that_the_docs_name_is_there() -> None:
    there = {
        name
        for path in (transcripts.ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = {name for page in DOCS.glob("*.md") for name in re.findall(r"`(test_\w+)`", page.read_text("utf-8"))}
    assert named, "no page names a test"
    assert named - there == set()


def test_every_link_between_the_pages_leads_somewhere() -> None:
    for page in (transcripts.ROOT / "README.md", *DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
            there = page.parent / target if target else page
            assert there.exists(), f"{page.name}: {target}"
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", heading.casefold()).replace(" ", "-") for heading in headings}
            assert not anchor or anchor in slugs, f"{page.name}: {target}#{anchor}"


def test_every_environment_variable_that_is_read_is_told_and_no_other() -> None:
    # but _PORTALDESK_COMPLETE: a shell and Typer say that to one another, nobody sets it
    source = transcripts.ROOT / "src" / "portaldesk"
    read = {
        name
        for path in source.rglob("*.py")
        if not path.name.startswith("reference")
        for name in re.findall(r"(?<!_)PORTALDESK_[A-Z]+(?:_[A-Z]+)*", path.read_text(encoding="utf-8"))
    }
    told = set(re.findall(r"`(PORTALDESK_[A-Z_]+)`", reference.reference()))
    assert told == read
