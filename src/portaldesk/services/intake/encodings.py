"""In which encoding the lines of a file are: UTF-8 until one is not, and then what charset-normalizer makes of it.

Single-byte encodings cannot be told apart for sure: José in Windows-1252 is valid Polish as well. So the one that
Windows writes where the clinic is comes first, and others only where the text would make no sense in it; which one was
taken is told, and `--encoding` overrules it.
"""

from __future__ import annotations

from collections.abc import Sequence

# What Windows uses for text where this language is spoken (Microsoft, "Code Page Identifiers"); else Windows-1252.
_OF_LANGUAGE = {
    "cp1250": "bs cs hr hu pl ro sk sl sq", "cp1251": "be bg kk ky mk mn ru sr tg tt uk uz", "cp1253": "el",
    "cp1254": "az tr", "cp1255": "he yi", "cp1256": "ar fa ps ur", "cp1257": "et lt lv", "cp1258": "vi",
    "cp932": "ja", "cp949": "ko", "gb18030": "zh",
}  # fmt: skip
_NAMES = {"utf_8": "UTF-8", "latin_1": "Latin-1", "mac_roman": "Mac Roman"}

CANDIDATES = ("cp1252", "latin_1", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859_15", "mac_roman", "cp850")


class Decoder:
    """Bytes of one file as text. `name`: its encoding as far as it is known."""

    __slots__ = ("_codec", "_locale", "_settled")

    def __init__(self, locale: str) -> None:
        self._codec, self._settled, self._locale = "utf_8", False, locale

    @property
    def name(self) -> str:
        return _NAMES.get(self._codec) or self._codec.replace("cp", "Windows-" if "cp125" in self._codec else "CP")

    def text(self, raw: bytes) -> str | None:
        """The line, or None where it is not in this encoding."""
        try:
            text = raw.decode(self._codec)
        except UnicodeDecodeError:
            return None
        self._settled = self._settled or not raw.isascii()
        return text

    def settle(self, lines: Sequence[bytes]) -> None:
        """Find the encoding by the first line that is not UTF-8 and those after it, unless lines before it settled it:
        no file is written in two."""
        if self._settled:
            return
        from charset_normalizer import from_bytes

        self._settled = True
        sample = b"".join(line for line in lines if not line.isascii())
        for candidates in ([_expected(self._locale)], CANDIDATES):
            if (best := from_bytes(sample, cp_isolation=list(candidates)).best()) is not None:
                self._codec = best.encoding
                return


def _expected(locale: str) -> str:
    language = locale.replace("-", "_").partition("_")[0].lower()
    return next((codec for codec, languages in _OF_LANGUAGE.items() if language in languages.split()), "cp1252")
