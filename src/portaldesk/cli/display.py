"""PORTALDESK_CONFIG: a TOML file of one person's taste: display and language, and nothing a link could be turned by.

color = false        # as --no-color
quiet = true         # as --quiet
language = "en"      # the language of the screens; English is the only one yet
"""

from __future__ import annotations

from collections.abc import Mapping

from portaldesk.errors import WrongUsage
from portaldesk.render import manners

LANGUAGES = ("en",)


def apply(environment: Mapping[str, str]) -> None:
    """Take what the file says; words on the command line come after it and win. Other keys are passed over.

    Raises: WrongUsage `bad-file` for a file that cannot be read or is not TOML; `bad-setting` for a value of the wrong
    kind.
    """
    path = environment.get("PORTALDESK_CONFIG")
    if not path:
        return
    import tomllib
    from pathlib import Path

    try:
        said = tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise WrongUsage(
            "bad-file",
            "The file that PORTALDESK_CONFIG names cannot be read as TOML.",
            "Mend it, or unset the variable.",
        ) from None
    color, quiet = (_flag(said, name) for name in ("color", "quiet"))
    if said.get("language", "en") not in LANGUAGES:
        raise WrongUsage("bad-setting", "PORTALDESK_CONFIG: language must be en.", "Other languages are not there yet.")
    manners.use(color=False if color is False else None, quiet=quiet or None)


def _flag(said: Mapping[str, object], name: str) -> bool | None:
    value = said.get(name)
    if value is not None and not isinstance(value, bool):
        raise WrongUsage("bad-setting", f"PORTALDESK_CONFIG: {name} must be true or false.", f"Like: {name} = false")
    return value
