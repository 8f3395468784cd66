"""Whether an answer is the one on file.

Both sides are brought to a key first, each kind in its own file: `dates.read_date(...).isoformat()`,
`phones.read_phone`, `emails.key`, `postal.key`. All forgiveness (case, spaces, formats) is there; here is none.
A value on file that says nothing (`dates.is_placeholder`, or a key of None) is "not on file" and never comes here.
"""

from __future__ import annotations

import hmac


def same(said_key: str, on_file_key: str) -> bool:
    """Whether two keys are equal, in a time that does not tell how far they agree (design §3.2).

    An empty key on file equals nothing: what is not there cannot be known.
    """
    # surrogatepass: bytes of a terminal that are not UTF-8 arrive as lone surrogates, and are a wrong answer, no fault
    said, on_file = (key.encode("utf-8", "surrogatepass") for key in (said_key, on_file_key))
    return hmac.compare_digest(said, on_file) and bool(on_file)
