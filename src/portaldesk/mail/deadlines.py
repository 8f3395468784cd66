"""How long a carrier may take: one deadline over name lookup, connecting, TLS and all that is said.

A socket's own timeout begins anew with each byte that a slow server sends, and a name lookup has none.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import Any


class Deadline:
    """Shuts the watched socket down when the time is up: whatever waits on it ends. From its making on it runs."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self.over = False
        _WATCH.add(self)

    @property
    def left(self) -> float:
        """Seconds left. Raises: TimeoutError where there are none."""
        left = self.at - time.monotonic()
        if self.over or left <= 0:
            self.over = True
            raise TimeoutError("deadline")
        return left

    @property
    def passed(self) -> bool:
        """Whether the time is up; a socket's own time limit may end a moment before ours strikes."""
        return self.over or time.monotonic() >= self.at

    def watch(self, sock: socket.socket) -> None:
        sock.settimeout(self.left)
        self._socket = sock
        _ = self.left  # the time may have been up just before there was a socket to shut

    def end(self) -> None:
        _WATCH.remove(self)

    def strike(self) -> None:
        self.over = True
        if self._socket is not None:
            try:
                # not SSLSocket's own shutdown: it drops TLS first, and a write at that moment would go out in the clear
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already


class _Watch:
    """One thread that strikes for every deadline of this process: a thread for each would cost as much as a mail."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: set[Deadline] = set()
        self._thread: threading.Thread | None = None
        self._wakes = 0.0

    def add(self, deadline: Deadline) -> None:
        with self._changed:
            self._running.add(deadline)
            if self._thread is None or not self._thread.is_alive():  # the first, or a fork left it behind
                self._thread = threading.Thread(target=self._strike, daemon=True)
                self._thread.start()
            elif deadline.at < self._wakes:
                self._changed.notify()

    def remove(self, deadline: Deadline) -> None:
        with self._changed:
            self._running.discard(deadline)

    def _strike(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for one in [one for one in self._running if one.at <= now]:
                    self._running.discard(one)
                    one.strike()
                self._wakes = min((one.at for one in self._running), default=now + _AT_REST)
                self._changed.wait(self._wakes - now)


_AT_REST = 60.0
_WATCH = _Watch()


def connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A connection within the deadline; a dead address may take half of what is left, or the next would get no turn.

    Raises: OSError, TimeoutError among them.
    """
    addresses = _addresses(host, port, deadline)
    last: OSError = OSError("no address")
    for place, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(deadline.left if place == len(addresses) - 1 else deadline.left / 2)
            sock.connect(address)
        except OSError as failure:
            sock.close()
            last = failure
        else:
            return sock
    raise last


def _addresses(host: str, port: int, deadline: Deadline) -> list[tuple[Any, ...]]:
    """What the resolver says, as far as it says it in time; it cannot be interrupted, only left behind."""
    found: list[tuple[Any, ...]] = []
    failed: list[OSError] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as failure:
            failed.append(failure)

    asking = threading.Thread(target=look_up, daemon=True)
    asking.start()
    asking.join(deadline.left)
    _ = deadline.left
    if failed:
        raise failed[0]
    return found
