"""Mail that arrives: what delivery, bounces and bulk runs have to remember"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing yet."""
