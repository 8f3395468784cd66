"""A clinic whose phone rings: each caller's way played through the command line, step by step."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desks import Clinic, Ran, found, run, text_of

PASSWORD, NEWER = "gravel tulip ninety moth 7", "willow anchor sixty 3 brick"
DESK, ADMIN, CALLER, KIN = "desk", "admin", "caller", "desk, the parent"


@dataclass(frozen=True, slots=True)
class Step:
    """One command. `line` and `says` (what is typed or read on stdin) may name `{what}` was seen before."""

    by: str
    line: str
    says: tuple[str, ...] = ()
    ends: int = 0
    shows: str | None = None


def desk(line: str, *says: str, ends: int = 0, shows: str | None = None) -> Step:
    """The clerk types a command; the caller says the answers."""
    return Step(DESK, line, says, ends, shows)


def admin(line: str, *says: str, ends: int = 0, shows: str | None = None) -> Step:
    return Step(ADMIN, line, says, ends, shows)


def caller(line: str, *says: str, ends: int = 0, shows: str | None = None) -> Step:
    """What the caller does at the portal."""
    return Step(CALLER, f"portal {line}", says, ends, shows)


@dataclass(slots=True)
class Call:
    """One caller's case in play. `known`: what was seen so far and may be named in a step."""

    clinic: Clinic
    kin_token: str
    known: dict[str, str] = field(default_factory=dict)

    def plays(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.does(step)

    def does(self, step: Step) -> Ran:
        words = shlex.split(self.filled(step.line))
        typed = "".join(f"{self.filled(one)}\n" for one in step.says)
        tokens = {DESK: self.clinic.sam_token, ADMIN: self.clinic.rosa_token, KIN: self.kin_token, CALLER: None}
        ran = run(*words, "--json", input=typed, home=self.clinic.home, token=tokens[step.by])
        assert ran.code == step.ends, f"{step.line}: {ran.code}: {ran.err or ran.out}"
        said = " ".join((ran.out + ran.err).split())
        assert step.shows is None or self.filled(step.shows) in said, f"{step.line}: no {step.shows} in {said}"
        if ran.out:
            self._remember(ran.document)
        return ran

    def _remember(self, document: Mapping[str, Any]) -> None:
        for name in ("request_id", "temporary_password", "username", "check_id", "proxy", "reference"):
            if isinstance(document.get(name), str):
                self.known[name] = str(document[name])

    def filled(self, text: str) -> str:
        """A text with what it names put in."""
        return re.sub(r"\{(\w+)\}", lambda found: self._named(found[1]), text)

    def _named(self, name: str) -> str:
        if name in ("link", "code", "letter", "link_of"):
            return str(getattr(self, f"_{name}")())
        if name == "old_link":
            return self.known.setdefault(name, self._link())
        return self.known[name]

    def _link_of(self) -> str:
        """The token of the link that the newest family mail has for this patient's first name."""
        first = self.known["first"]
        return found(rf"(?s)\b{first}\b.*?http://localhost:8000/\S*?([A-Za-z0-9_-]+)\n", self._mail(rf"\b{first}\b"))

    def _link(self) -> str:
        """The token of the newest mailed link."""
        return found(r"http://localhost:8000/\S*?([A-Za-z0-9_-]+)\n", self._mail("/redeem/"))

    def _code(self) -> str:
        return found(r"\n\s+(\d{4} \d{4})\n", self._mail(r"\d{4} \d{4}"))

    def _letter(self) -> str:
        """The letter's number and code, from the newest page that was written to be printed."""
        newest = max((self.clinic.home / "letters").glob("*.html"), key=lambda path: path.stat().st_mtime_ns)
        return found(r"(L\d+-\w{4}-\w{4}-\w{4})", newest.read_text("utf-8"))

    def _mail(self, holding: str) -> str:
        written = (self.clinic.home / "outbox").glob("*.eml")
        for path in sorted(written, key=lambda path: path.stat().st_mtime_ns, reverse=True):
            text = text_of(path)
            if re.search(holding, text):
                return text
        raise AssertionError(f"no mail with {holding}")
