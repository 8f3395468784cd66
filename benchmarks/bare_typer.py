"""A bare Typer app with Rich help: the floor of `--help`."""

import typer

app = typer.Typer()


@app.command()
def unlock(patient: str) -> None:
    """Unlock a portal account."""


@app.command()
def find(text: str) -> None:
    """Find a record."""


if __name__ == "__main__":
    app()
