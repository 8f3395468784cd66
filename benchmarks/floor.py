"""The floor of any such command: import the five packages, update one row, print a table. 25 lines, no rules."""

import sys

import bcrypt  # noqa: F401
import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import Field, Session, SQLModel, create_engine, select


class Account(SQLModel, table=True):
    mrn: str = Field(primary_key=True)
    locked: bool = False


def main(path: str, mrn: str) -> None:
    with Session(create_engine(f"sqlite:///{path}")) as session:
        account = session.exec(select(Account).where(Account.mrn == mrn)).one()
        account.locked = not account.locked
        session.add(account)
        session.commit()
        table = Table("MRN", "Locked")
        table.add_row(account.mrn, str(account.locked))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(typer.run(main))
