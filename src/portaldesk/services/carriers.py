"""By what mails and texts go out, as the settings name it: a mail server, a folder, a gateway for texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portaldesk.mail.envelope import mail_host
from portaldesk.mail.transport import FolderTransport, Mails, Texts, Transport, Unreachable
from portaldesk.secret_keys import SMS_SECRET, SMTP_PASSWORD
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings, read_sms_secret

if TYPE_CHECKING:
    from portaldesk.mail.smtp import SmtpTransport
    from portaldesk.mail.text_gateway import TextGateway


def transport_for(store: OpenStore, settings: ClinicSettings) -> Mails:
    """What the settings name: the mail server, or the folder `outbox` of the home where none is set."""
    if not settings.smtp_url:
        return FolderTransport(store.place.outbox)
    return mail_server(store, settings)


def mail_server(store: OpenStore, settings: ClinicSettings) -> SmtpTransport:
    """The mail server of the settings, not connected yet."""
    from portaldesk.mail.smtp import SmtpTransport  # ssl and smtplib are slow to load

    return SmtpTransport(settings.smtp_url, password=lambda: store.secrets.get(SMTP_PASSWORD), helo=mail_host(settings))


def text_gateway(store: OpenStore, settings: ClinicSettings) -> TextGateway:
    """The clinic's gateway for texts, not connected yet."""
    from portaldesk.mail.text_gateway import TextGateway  # as above

    def secret() -> bytes | None:
        text = store.secrets.get(SMS_SECRET)
        return read_sms_secret(text) if text else None

    return TextGateway(settings.sms_url, secret=secret)


@dataclass(slots=True)
class Route:
    """How mails go out in one run, or texts. `unreachable`: why its carrier takes no more in this run."""

    kind: str
    opening: Callable[[], Transport[Any]]
    carrier: Transport[Any] | None = None
    unreachable: str = ""
    was_cut_off: bool = False

    def deliver(self, parcel: Any, *, within_seconds: float, then: Any = None) -> None:
        if self.carrier is None:
            self.carrier = self.opening()
        self.carrier.deliver(parcel, within_seconds=within_seconds, then=then)

    def close(self) -> None:
        if self.carrier is not None:
            self.carrier.close()


def routes(
    store: OpenStore, settings: ClinicSettings, transport: Mails | None, gateway: Texts | None
) -> tuple[Route, Route]:
    """For mails and for texts: a carrier that cannot be reached keeps nothing back but its own."""

    def texts() -> Texts:
        if not settings.sms_url:  # it was there when they were written
            raise Unreachable("no gateway for texts is set")
        return text_gateway(store, settings)

    by = transport.kind if transport is not None else "smtp" if settings.smtp_url else "folder"
    mails = Route(by, lambda: transport or transport_for(store, settings))
    return mails, Route("text", lambda: gateway or texts())
