"""What a caller waits for: whole commands, side by side with an empty Python and with the floor (floor.py).

Bars: `--help` at most 1.2 times a bare Typer app; `unlock --no-send` (secrets in a file) at most 1.3 times the floor on
100,000 patients. The keyring's figure stands beside it, without a bar (a file-backed keyring, `keyrings.alt`).

    python benchmarks/startup.py [PATIENTS] [ROUNDS]
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from side_by_side import machine, medians, show

HERE = Path(__file__).parent
PYTHON = sys.executable


def main(count: int, rounds: int) -> None:
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyrings.alt.file.PlaintextKeyring"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = folder
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PORTALDESK_")}
        homes = {kind: Path(folder) / kind for kind in ("file", "keyring")}
        tokens = {kind: _made(home, kind, count, rounds) for kind, home in homes.items()}
        floor = _floor(Path(folder) / "floor.db", count)
        desk = [str(Path(PYTHON).with_name("portaldesk"))]

        def at(kind: str, n: int, *words: str) -> list[str]:
            return ["env", f"PORTALDESK_HOME={homes[kind]}", f"PORTALDESK_TOKEN={tokens[kind][n]}", *desk, *words]

        from clinics import mrn

        took = medians(
            {
                "python -c pass": lambda n: [PYTHON, "-c", "pass"],
                "bare Typer app --help": lambda n: [PYTHON, str(HERE / "bare_typer.py"), "--help"],
                "floor: one row, one table": lambda n: [PYTHON, str(HERE / "floor.py"), str(floor), mrn(n)],
                "portaldesk --help": lambda n: [*desk, "--help"],
                "portaldesk find": lambda n: at("file", n, "find", "birch12"),
                "portaldesk verify-identity": lambda n: at(
                    "file", -1, "verify-identity", mrn(500 + n), "--birth-date", "1/1/1950"
                ),
                "portaldesk unlock --no-send (file)": lambda n: at("file", n, "unlock", mrn(n), "--no-send"),
                "portaldesk unlock --no-send (keyring)": lambda n: at("keyring", n, "unlock", mrn(n), "--no-send"),
            },
            rounds=rounds,
            env=kept,
        )
    bare, least = took["bare Typer app --help"], took["floor: one row, one table"]
    print(f"{machine()}; {count:,} patients; median of {rounds} rounds\n")
    show(
        [(name, f"{s * 1000:.0f} ms", f"{s / bare:.2f}", f"{s / least:.2f}") for name, s in took.items()],
        ("command", "median", "to bare Typer", "to floor"),
    )
    _bar("--help to a bare Typer app", took["portaldesk --help"] / bare, 1.2)
    _bar("unlock to the floor", took["portaldesk unlock --no-send (file)"] / least, 1.3)


def _made(home: Path, kind: str, count: int, rounds: int) -> list[str]:
    """A clinic in `home`, with a locked patient, a strong check and the token of its call for every round."""
    import clinics

    made = clinics.made(home, count=count, secrets=kind)
    for n in range(rounds + 1):
        clinics.lock(made, n, now=datetime.now(UTC))
    tokens = []
    for n in range(rounds + 1):
        token, sam = clinics.token_for(made, now=datetime.now(UTC))
        clinics.strong_check(made, n, sam, now=datetime.now(UTC))
        tokens.append(token)
    tokens.append(clinics.token_for(made, now=datetime.now(UTC))[0])  # of a caller without a check
    made.store.engine.dispose()
    return tokens


def _floor(path: Path, count: int) -> Path:
    from floor import Account
    from sqlmodel import Session, SQLModel, create_engine

    engine = create_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(engine, tables=[Account.__table__])
    with Session(engine) as session:
        session.add_all(Account(mrn=f"MRN-{n:06d}") for n in range(count))
        session.commit()
    engine.dispose()
    return path


def _bar(what: str, ratio: float, most: float) -> None:
    print(f"\n{what}: {ratio:.2f} (bar {most}): {'met' if ratio <= most else 'NOT met'}")


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(words[0] if words else 100_000, words[1] if len(words) > 1 else 15)
