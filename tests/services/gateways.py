"""A clinic's text gateway as tests run it: a real HTTPS server on a loopback port, which judges every signature."""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import certificates

SECRET = bytes(range(32))


class Gateway:
    """What it got, and what it answers: figures in turn, the last one again and again; 0 hangs up without one."""

    def __init__(self, *figures: int, headers: dict[str, str] | None = None, secret: bytes = SECRET) -> None:
        self.texts: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.peers: set[Any] = set()
        self.url = ""
        self.ca: Path | None = None
        self.secret = secret
        self._figures, self._headers = list(figures or (204,)), headers or {}

    def figure(self) -> int:
        return self._figures.pop(0) if len(self._figures) > 1 else self._figures[0]

    @property
    def trusting(self) -> ssl.SSLContext:
        """The certificates of who knows this gateway."""
        return ssl.create_default_context(cafile=self.ca)


@contextmanager
def running(gateway: Gateway, certificate: Path | None) -> Iterator[Gateway]:
    """The gateway, over TLS where it has a certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signed = f"{self.headers['Webhook-Id']}.{self.headers['Webhook-Timestamp']}.".encode() + body
            mark = base64.b64encode(hmac.digest(gateway.secret, signed, "sha256")).decode()
            figure = gateway.figure() if self.headers["Webhook-Signature"] == f"v1,{mark}" else 401
            gateway.peers.add(self.client_address)
            gateway.headers.append({name.lower(): value for name, value in self.headers.items()} | {"path": self.path})
            if not figure:
                self.close_connection = True
                return
            if figure < 300:
                gateway.texts.append(json.loads(body))
            self.send_response(figure)
            for name, value in gateway._headers.items():
                self.send_header(name, value)
            if figure != 204:
                self.send_header("Content-Length", "2")
            self.end_headers()
            if figure != 204:
                self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        server.socket = certificates.server_side(certificate).wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    gateway.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}/texts?clinic=elm"
    gateway.ca = certificate
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        serving.join(5)
