"""Every sentence that a patient may be sent is there in every language, with the same things to fill in."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

import portaldesk.mail
from portaldesk.mail.catalogues import LANGUAGES

FOLDER = Path(portaldesk.mail.__file__).parent
MAPPING = Path(__file__).parents[2] / "tools" / "babel.cfg"
SAID = {"say": None, "count": (1, 2), "marked": None, "gettext": None}


@pytest.fixture(scope="module")
def used() -> Catalog:
    """What the code and the templates say."""
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog()
    for _, _, message, _, _ in extract_from_dir(FOLDER, methods, options, keywords=SAID):
        found.add(message, None)
    return found


def fields(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]", text))


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_catalogue_is_complete_holds_nothing_else_and_fills_in_the_same(language: str, used: Catalog) -> None:
    catalogue = read_po(BytesIO((FOLDER / "locale" / f"{language}.po").read_bytes()), locale=language)
    assert {message.id for message in catalogue if message.id} == {message.id for message in used if message.id}
    assert len(catalogue) > 90
    for message in catalogue:
        if not message.id:
            continue
        ours = [message.id] if isinstance(message.id, str) else list(message.id)
        theirs = [message.string] if isinstance(message.string, str) else list(message.string)
        assert not message.fuzzy
        assert len(theirs) == (1 if len(ours) == 1 else catalogue.num_plurals)
        for text in theirs:
            assert text.strip(), message.id
            assert fields(text) == fields(ours[0]), message.id
            assert "%" not in re.sub(r"%\(\w+\)[sd]", "", text), message.id
