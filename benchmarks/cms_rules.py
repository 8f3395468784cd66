"""CMS's patient-matching rules (PyPI cms-hte-patient-matching) on the records of `cms_records.py`.

    python3.12 benchmarks/cms_rules.py FILE

It needs Python 3.12 and nothing of portaldesk: it may have an environment of its own. A pair counts as found where one
of the two, asked about among those it is brought together with, is matched to the other and to nobody else. Said twice:
by all rules, and without rule 30 (family name, birth date and phone), which tells no twins apart, as it says itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from patient_matching.matching import InMemoryBackend, MatchingEngine
from patient_matching.matching.match_result import MatchOutcome
from patient_matching.normalization import NormalizationManager

_TELLS_NO_TWINS = "30"


def main() -> None:
    logging.disable(logging.ERROR)
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    same = {tuple(pair) for pair in told["same"]}
    normalizer = NormalizationManager()
    known = {one["id"]: normalizer.normalize(one) for one in told["patients"]}
    by_rule = asyncio.run(_matched(known, told["candidates"]))
    for name, left_out in (("all rules", ""), (f"without rule {_TELLS_NO_TWINS}", _TELLS_NO_TWINS)):
        found = {pair for pair, rules in by_rule.items() if rules - {left_out}}
        right = len(found & same)
        joined = ", ".join(
            f"{kind} {len(found & {tuple(pair) for pair in pairs})} of {len(pairs)}"
            for kind, pairs in told["hard"].items()
        )
        print(
            f"{name}: precision {right / max(1, len(found)):.4f}, recall {right / len(same):.4f}, "
            f"F1 {2 * right / (len(found) + len(same)):.4f}; joined: {joined}"
        )
    print("by rule:", Counter(rule for rules in by_rule.values() for rule in rules).most_common())


async def _matched(known: dict[str, Any], candidates: list[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    near: defaultdict[str, list[str]] = defaultdict(list)
    for a, b in candidates:
        near[a].append(b)
        near[b].append(a)
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for mrn, others in near.items():
        result = await MatchingEngine(backend=InMemoryBackend(known[other] for other in others)).match(known[mrn])
        if result.outcome is MatchOutcome.MATCH:
            (other,) = (patient["id"] for patient in result.matched_patients)
            found[min(mrn, other), max(mrn, other)].add(str(result.matched_rule_id))
    return found


if __name__ == "__main__":
    main()
