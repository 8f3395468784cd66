"""Makes docs/reference.md, and the table of all ways in of docs/security.md: `python -m portaldesk.cli.reference FILE`.

Everything is read from where it is decided: the command line itself, the roles' table, the words of refusals and the
places that raise them, the settings with their caps, the results' dataclasses, the gate's table. Run by `make docs`;
a test fails where what it wrote is stale.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from portaldesk import errors, settings
from portaldesk.cli.reference_documents import ALSO, DOCUMENTS, shape
from portaldesk.gate import roles
from portaldesk.gate.actions import ACTIONS, Rule
from portaldesk.words import Ground, Level, Role

NO_SIGN_IN = (
    "init",
    "login",
    "logout",
    "demo",
    "policy check",
    "database password",
    "portal",
    "restore",
    "secrets load",
)
"""Commands, and groups of them, that need no staff sign-in (contract, "Roles")."""

_MANNERS = ("json", "no_color", "quiet")
_ENVIRONMENT = (
    ("PORTALDESK_HOME", "the data folder; without it the operating system's usual place"),
    (
        "PORTALDESK_DATABASE_URL",
        "the database: `sqlite:///FILE` or `postgresql+psycopg://ROLE@HOST/DATABASE`; without it SQLite in the data "
        "folder",
    ),
    ("PORTALDESK_TOKEN", "a staff token; where set it decides alone who acts, and a bad one is exit 3"),
    ("PORTALDESK_SMTP_URL", "read by `init`; later a value that differs from the stored one is exit 8"),
    ("PORTALDESK_PORTAL_URL", "likewise"),
    ("PORTALDESK_CONFIG", "a TOML file of display and language only: `color`, `quiet`, `language`"),
    ("PORTALDESK_DEBUG", "`1` shows the details of a fault of ours"),
    ("NO_COLOR", "no colours, as `--no-color`"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the command line: its words, its help panel, and Typer's object."""

    words: str
    panel: str
    command: Any


def entries() -> list[Entry]:
    """Every command, in the order of the help."""
    from typer.main import get_command

    from portaldesk.cli.app import make_app

    found = list(_walk(get_command(make_app()), "", ""))
    panels = list(dict.fromkeys(one.panel for one in found))
    return sorted(found, key=lambda one: panels.index(one.panel))


def _walk(command: Any, words: str, panel: str) -> Iterator[Entry]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _walk(inner, f"{words} {name}".strip(), panel or inner.rich_help_panel)
    else:
        yield Entry(words, panel, command)


def help_and_example(command: Any) -> tuple[str, str]:
    """A command's help, and the example in it."""
    text, _, example = command.help.partition("Example: ")
    return " ".join(text.split()), example.strip()


def codes() -> dict[str, set[int]]:
    """Every word of a refusal with the exit codes under which the source raises it."""
    raised: list[type[errors.DeskError]] = [errors.DeskError, *errors.DeskError.__subclasses__()]
    kinds = {one.__name__: one.exit_code for one in raised}
    found: dict[str, set[int]] = {code: set() for code in errors.CODES}
    for path in Path(errors.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and call.args and isinstance(call.func, ast.Name) and call.func.id in kinds:
                for word in ast.walk(call.args[0]):
                    if isinstance(word, ast.Constant) and word.value in found:
                        found[str(word.value)].add(kinds[call.func.id])
    return found


def who_may(words: str) -> str:
    """The roles that may run a command, as in the gate's table."""
    if words in roles.MAY:
        may = ", ".join(role for role in Role if role in roles.MAY[words])
        return f"{may}, with a code where `staff_second_factor` asks" if words in roles.CODED else may
    return "no staff sign-in needed"


def _command(one: Entry) -> list[str]:
    text, example = help_and_example(one.command)
    own = [param for param in one.command.params if param.name not in _MANNERS]
    arguments = [param for param in own if param.param_type_name == "argument"]
    words = [f"{p.metavar or p.name.upper()}" if p.required else f"[{(p.metavar or p.name.upper()).strip('[]')}]"
             for p in arguments]  # fmt: skip
    optional = " [OPTIONS]" if len(own) > len(arguments) else ""
    lines = [f"### {one.words}", "", text, "", "```", f"portaldesk {' '.join([one.words, *words])}{optional}", "```"]
    rows = [(_name(param), _cell(param.help or "")) for param in own]
    if rows:
        lines += ["", "| | |", "| --- | --- |", *(f"| {name} | {said} |" for name, said in rows)]
    lines += ["", f"Example: `{example}`", "", f"Roles: {who_may(one.words)}", ""]
    lines += [f"JSON: `{shape(DOCUMENTS[one.words])}`", ""]
    if one.words in ALSO:
        when, of = ALSO[one.words]
        lines += [f"JSON {when}: `{shape(of)}`", ""]
    return lines


def _name(param: Any) -> str:
    kind = param.type_descriptor
    if param.param_type_name == "argument":
        return f"`{param.metavar or param.name.upper()}`"
    if param.is_flag:
        return " / ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))
    choices = "\\|".join(str(one.value) for one in kind.choices) if kind.choices else ""
    value = choices or _cell(param.metavar or param.name.upper())
    default = getattr(param.default, "value", param.default)
    by_default = f", default {default}" if default not in (None, "", False) and not isinstance(default, list) else ""
    return f"`{param.opts[0]} {value}`{', repeatable' if param.multiple else ''}{by_default}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def ways_in() -> str:
    """The table of all ways in: a row for each action of the gate's table."""
    heads = ("Action", "Level", "Grounds", "May change", "May bear", "Times a check", "On hold", "Way in")
    rows = [(f"`{action}`", *_rule(rule)) for action, rule in ACTIONS.items()]
    return "\n".join(_row(row) for row in (heads, ("---",) * len(heads), *rows))


def _rule(rule: Rule) -> tuple[str, ...]:
    by_check = Ground.CHECK in rule.grounds
    level = str(rule.level) if rule.level is not Level.NONE else "-"
    if by_check and not rule.emailed_code_is_enough:
        level += ", not by an emailed code"
    bears = [*sorted(rule.bears), *(["a mail"] if rule.bears_message else []),
             *(["a request"] if rule.bears_request else [])]  # fmt: skip
    return (
        level, ", ".join(ground for ground in Ground if ground in rule.grounds), ", ".join(rule.covers) or "-",
        ", ".join(bears) or "-", str(rule.times) if by_check else "-",
        ("yes" if rule.on_hold else "no") if by_check else "-", rule.way_in,
    )  # fmt: skip


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def with_ways_in(page: str) -> str:
    """A page with the table between its two marks made anew."""
    return re.sub(r"(?s)(<!-- ways-in -->\n).*?(<!-- /ways-in -->)", lambda m: f"{m[1]}\n{ways_in()}\n\n{m[2]}", page)


def reference() -> str:
    """The text of docs/reference.md."""
    out = [_HEAD]
    panel = ""
    for one in entries():
        if one.panel != panel:
            panel = one.panel
            out += [f"## {panel}", ""]
        out += _command(one)
    out += ["## Exit codes and error words", "", _CODES, "", "| Exit | Word | Meaning |", "| --- | --- | --- |"]
    found = codes()
    for code, said in errors.CODES.items():
        out.append(_row((", ".join(str(exit_) for exit_ in sorted(found[code])), f"`{code}`", said)))
    out += [
        "",
        "## Settings",
        "",
        _SETTINGS,
        "",
        "| Setting | Default | At most | Source |",
        "| --- | --- | --- | --- |",
    ]
    for setting in fields(settings.ClinicSettings):
        cap = settings.CAPS.get(setting.name)
        default = f"`{setting.default}`" if setting.default != "" else "-"
        out.append(_row((f"`{setting.name}`", default, str(cap.most) if cap else "-", cap.source if cap else "-")))
    out += ["", "## Environment", "", "| Variable | Meaning |", "| --- | --- |"]
    out += [_row((f"`{name}`", said)) for name, said in _ENVIRONMENT]
    return "\n".join(out) + "\n"


_HEAD = """# Reference

Made by `make docs` from the command line itself; do not edit.

Every command also knows `--json` (one document on stdout, nothing else), `--no-color` and `--quiet` (only what cannot
be left out). `-` as a value reads the next line of standard input, in the order of the command line, or asks for it
at a terminal; passwords come from a prompt or, with `--password-stdin`, after the `-` lines. `PATIENT` is an MRN, a
username or an email; `mrn:`, `user:` and `email:` settle doubt. Times in JSON are ISO 8601 UTC. A field in a JSON
document is written `name (its|words)`, `name {its, fields}` or `name [..]` for a list; one that does not apply is null.
"""

_CODES = """`0` done, `1` fault of ours, `130` Ctrl-C; a closed pipe ends quietly. With `--json` a refusal is also the
last line of stderr: `{"error": {"code": "check-required", "message": "...", "hint": "..."}}`. Judged in the order 2,
8, 3, 5, 9, 4, 6."""

_SETTINGS = """Kept in the store, changed by an admin with `settings set KEY VALUE`, old and new value in the record.
`smtp_password` and `sms_secret` go into the secret store instead. `outage` is set by `outage start`. `design` in a
source is the section of the rules that [design.md](design.md) sums up."""


def main(target: Path) -> None:
    """Write the reference to `target`, and the table into the security page beside it."""
    target.write_text(reference(), encoding="utf-8")
    security = target.with_name("security.md")
    if security.exists():
        security.write_text(with_ways_in(security.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
