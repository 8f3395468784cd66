"""Texts go to the clinic's gateway over TLS that is checked, signed, once each, and say so where they do not."""

from __future__ import annotations

import base64
import re
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import certificates
import pytest
from gateways import SECRET, Gateway, running
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.mail import texts
from portaldesk.mail.catalogues import LANGUAGES
from portaldesk.mail.stationery import Stationery
from portaldesk.mail.text_gateway import TextGateway, signed
from portaldesk.mail.texts import Text
from portaldesk.mail.transport import CutOff, Refused, Unreachable
from portaldesk.settings import ClinicSettings

NOW = datetime(2026, 11, 30, 10, 42, tzinfo=UTC)
TEXT = Text("0a1b2c3d4e5f", "check-code-text", "+15559078526", "1234 5678 proves it", NOW)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.self_signed(tmp_path_factory.mktemp("tls") / "gateway.pem")


def carrier(gateway: Gateway, secret: bytes | None = SECRET, *, trusting: bool = True) -> TextGateway:
    context = gateway.trusting if trusting else None
    return TextGateway(gateway.url, secret=lambda: secret, now=NOW.timestamp, context=context)


def refused(gateway: Gateway, **more: bytes | None) -> Refused:
    with pytest.raises(Refused) as refusal:
        carrier(gateway, **more).deliver(TEXT, within_seconds=5)
    return refusal.value


def test_many_texts_go_signed_over_one_checked_connection(certificate: Path) -> None:
    with running(Gateway(204, 200, 202), certificate) as gateway:
        post = carrier(gateway)
        for _ in range(3):
            post.deliver(TEXT, within_seconds=5)
        post.close()
    assert gateway.texts[0] == {
        "id": TEXT.id, "to": TEXT.to, "text": TEXT.text, "kind": TEXT.kind, "expires_at": "2026-11-30T10:42:00Z",
    }  # fmt: skip
    assert len(gateway.peers) == 1
    told = gateway.headers[0]
    assert (told["webhook-id"], told["webhook-timestamp"]) == (TEXT.id, str(int(NOW.timestamp())))
    assert (told["content-type"], told["path"]) == ("application/json", "/texts?clinic=elm")
    assert told["host"] == gateway.url.split("/")[2]


def test_a_gateway_that_hung_up_between_two_texts_is_called_again(certificate: Path) -> None:
    with running(Gateway(204, 0, 204), certificate) as gateway:
        post = carrier(gateway)
        post.deliver(TEXT, within_seconds=5)
        post.deliver(TEXT, within_seconds=5)
    assert (len(gateway.texts), len(gateway.peers)) == (2, 2)
    with running(Gateway(0), certificate) as gateway:
        assert isinstance(refused(gateway), CutOff)  # it may have it


@pytest.mark.parametrize(
    ("figure", "permanent", "unreachable"),
    [
        (400, True, False), (410, True, False), (422, True, False), (408, False, False), (429, False, False),
        (500, False, False), (503, False, False), (401, False, True), (404, False, True), (302, False, True),
    ],
)  # fmt: skip
def test_what_the_gateway_answers_is_taken_for_what_it_means(figure: int, permanent: bool, unreachable: bool) -> None:
    elsewhere = Gateway()
    with running(elsewhere, None), running(Gateway(figure, headers={"Location": elsewhere.url}), None) as gateway:
        refusal = refused(gateway)
    assert (refusal.permanent, isinstance(refusal, Unreachable)) == (permanent, unreachable)
    assert ("cannot get texts" in refusal.reason) is (figure in (410, 422))
    assert str(figure) in refusal.reason
    assert not elsewhere.headers
    assert TEXT.to not in refusal.reason


def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_said(certificate: Path) -> None:
    with running(Gateway(), certificate) as gateway:
        for attempt in (
            carrier(gateway, trusting=False).look,
            lambda **w: carrier(gateway, trusting=False).deliver(TEXT, **w),
        ):
            with pytest.raises(Unreachable, match="certificate is not valid"):
                attempt(within_seconds=5)
        carrier(gateway).look(within_seconds=5)
    assert not gateway.headers


def test_a_gateway_in_python_knows_our_texts_as_the_docs_show_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mail.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    theirs: dict[str, Any] = {}
    exec(example, theirs)
    secret, body = base64.b64encode(SECRET).decode(), b'{"id": "1"}'
    headers = signed(SECRET, "1", int(time.time()), body)
    assert theirs["is_ours"](headers, body, f"whsec_{secret}")
    assert not theirs["is_ours"](headers, body + b" ", secret)
    assert not theirs["is_ours"](headers | {"Webhook-Id": "2"}, body, secret)
    assert not theirs["is_ours"](signed(SECRET, "1", int(time.time()) - 301, body), body, secret)


def test_another_secret_or_none_is_no_fault_of_the_text() -> None:
    with running(Gateway(), None) as gateway:
        assert isinstance(refused(gateway, secret=b"x" * 32), Unreachable)
        assert isinstance(refused(gateway, secret=None), Unreachable)
    assert not gateway.texts


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 2"])
def test_a_gateway_that_hangs_or_dribbles_takes_no_longer_than_it_was_given(begins: bytes) -> None:
    over = threading.Event()

    def dribble(server: socket.socket) -> None:
        client, _ = server.accept()
        with client:
            client.sendall(begins)
            while not over.wait(0.05):
                try:
                    client.sendall(b"x" if begins else b"")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=dribble, args=(server,), daemon=True)
        serving.start()
        post = TextGateway(f"http://127.0.0.1:{server.getsockname()[1]}/", secret=lambda: SECRET)
        began = time.monotonic()
        with pytest.raises(CutOff, match="did not answer within"):
            post.deliver(TEXT, within_seconds=0.4)
        assert time.monotonic() - began < 2
        over.set()
        serving.join(5)


@pytest.mark.parametrize("url", ["http://sms.example.org/send", "ftp://127.0.0.1/", "https:///send", ""])
def test_texts_go_nowhere_in_the_clear_but_to_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="not an sms_url"):
        TextGateway(url, secret=lambda: SECRET)


@given(clinic=st.text(max_size=200), phone=st.text(max_size=60), language=st.sampled_from(LANGUAGES))
def test_a_text_is_one_segment_that_says_all_whatever_the_clinic_is_called(
    clinic: str, phone: str, language: str
) -> None:
    on = Stationery(ClinicSettings(clinic_name=clinic, clinic_phone=phone), language)
    only = {"en": "only if you", "es": "solo si "}[language]
    told = {
        "reference": "K7-42", "code": "12345678", "words": "lighthouse notebook",
        "expires_at": NOW + timedelta(minutes=10), "now": NOW,
    }  # fmt: skip
    for made in (texts.check_code(on, **told), texts.confirm_code(on, **told)):  # type: ignore[arg-type]
        assert all(part in made for part in ("1234 5678", only, "lighthouse notebook", "10 min", "K7-42"))
        assert len(made) <= texts.SEGMENT
        assert texts.plain(made) == made
    assert all(len(notice(on, at=NOW)) <= texts.SEGMENT for notice in (texts.changed, texts.changing))
