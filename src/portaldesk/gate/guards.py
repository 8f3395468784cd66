"""The digest of the triggers that this version installs, by engine.

Every opening compares it with the triggers that are in the database. Making their text anew would mean building every
table while a caller waits, so the digest is written down here; a test holds it against triggers.py, and
`python -m portaldesk.gate.guards` (`make guards`) renews it after a change there.
"""

from __future__ import annotations

from collections.abc import Mapping

from portaldesk.store.schema import digest_of

DIGEST: Mapping[str, str] = {
    "sqlite": "20dafa4c6f5674f77e4b9e2a7265018e9b60d5af4c4a22d38f62a73b9261e3df",
    "postgresql": "d51ef34fccbdd402c72a7caad4e3a841eadbd2cd1ce8de225acba3e98df35847",
}

OF_OLDER: Mapping[str, Mapping[str, str]] = {
    "0001": {"sqlite": "ea9d3cbf3f4f25d5ba0ffb8fa6f56b43c4caad5e5359ccdac52a6700302c9af6"},
    "0002": {
        "sqlite": "ea9d3cbf3f4f25d5ba0ffb8fa6f56b43c4caad5e5359ccdac52a6700302c9af6",
        "postgresql": "3b99a20c6e97a140830247a15b300feb90dabd6d5c498b2037cfe0567a614207",
    },
    "0003": {
        "sqlite": "69e62a549b1725a1355ba6d79b8e790f5a1c47df591dbd498b001a196f825010",
        "postgresql": "9ec05592ff403e8508b8a6413f68340847de1048406d0e55e52ee750ff7356c9",
    },
    "0004": {
        "sqlite": "69e62a549b1725a1355ba6d79b8e790f5a1c47df591dbd498b001a196f825010",
        "postgresql": "9ec05592ff403e8508b8a6413f68340847de1048406d0e55e52ee750ff7356c9",
    },
    "0005": {
        "sqlite": "804c5e083a9ecfaa5a41c0a7933b9e1d417a8736e18a027ed72aa0e8e97374db",
        "postgresql": "fbe4e2e3e6ea9f36b6bc4835a38ac77bed0c98dc55c4ebdbfcbaaf6db536981d",
    },
    "0006": {
        "sqlite": "804c5e083a9ecfaa5a41c0a7933b9e1d417a8736e18a027ed72aa0e8e97374db",
        "postgresql": "fbe4e2e3e6ea9f36b6bc4835a38ac77bed0c98dc55c4ebdbfcbaaf6db536981d",
    },
    "0007": {
        "sqlite": "9086c019137c3c337d68e0d937c307d8ad3718c77d9b8023ef875a12d62e20ab",
        "postgresql": "f7b573e1efc84f3c0a56573edd210626612de40f86c111d2e60a78485f5bbe66",
    },
    "0008": {
        "sqlite": "041e15f5b5994fc708e0c7ec6a57572e98ca941164ee641d96427a4f56b65796",
        "postgresql": "2c00c0c95e8911399f8ceaad51aadbd80f79f68a2701fd888dd6d540ed62211f",
    },
}
"""The digests of the triggers that a store of an older version must have, by version: frozen with it. An upgrade takes
triggers out and puts them in again; whoever took them out first must not have it done for them."""


def main() -> None:
    """Write the digests of today's triggers into this file."""
    import re
    from pathlib import Path

    from portaldesk.gate.triggers import expected_triggers

    here = Path(__file__)
    text = here.read_text(encoding="utf-8")
    for engine in DIGEST:
        now = digest_of(expected_triggers(engine))
        text = re.sub(rf'(?m)^    "{engine}": ".*",$', f'    "{engine}": "{now}",', text)
    here.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
