"""A bare Typer app with Rich help and as many commands as ours shows: the floor of `--help`."""

import typer

app = typer.Typer()
NAMES = (
    "find", "verify-identity", "diagnose", "resend-invite", "send-reset", "recover-username", "unlock",
    "issue-temp-login",
    "update-contact", "confirm", "secure-account", "disable", "enable", "end-call", "find-duplicates",
    "import", "duplicates", "approve", "reject", "upgrade", "doctor", "init", "requests", "hold", "staff",
    "settings", "outage", "outbox", "policy", "list-resets", "audit", "login", "logout", "whoami", "demo", "portal",
)  # fmt: skip


def bare(patient: str) -> None:
    """Do one thing for one patient, and say so in a line."""


for name in NAMES:
    app.command(name)(bare)


if __name__ == "__main__":
    app()
