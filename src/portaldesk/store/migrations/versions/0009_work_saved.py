"""Work saved: guards that ask for less, and what need not be found out twice

An upgrade takes the guards out and puts those of its own version in, so theirs need no statement here.
"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nothing yet."""
