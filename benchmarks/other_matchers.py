"""The same records through the tools made for it: Splink on DuckDB and recordlinkage, each as its documentation does.

Each answers with pairs of MRNs, the lower first. Not dependencies of portaldesk: pip install 'portaldesk[bench]'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas

if TYPE_CHECKING:
    from portaldesk.rules.matching import Demographics

Pairs = set[tuple[str, str]]
SPLINK_THRESHOLDS = (0.5, 0.95, 0.999, 0.999999999)  # the last is what suits the generated records best, by hindsight


def frame(records: Iterable[Demographics]) -> pandas.DataFrame:
    """The records as a table, in lower case, with nothing where nothing is on file."""
    rows = [
        {
            "unique_id": r.mrn, "given": r.given_name.casefold() or None, "family": r.family_name.casefold() or None,
            "dob": r.birth_date.isoformat() if r.birth_date else None, "sex": r.sex[:1] or None, "phone": r.phone,
            "email": r.email.casefold() if r.email else None, "address": r.address.casefold() or None,
            "city": r.city.casefold() or None, "postal_code": r.postal_code or None,
        }
        for r in records
    ]  # fmt: skip
    return pandas.DataFrame(rows)


def splink_pairs(records: Sequence[Demographics]) -> dict[float, Pairs]:
    """By match probability, as `linked`."""
    found = linked(frame(records))
    scored = list(zip(found["unique_id_l"], found["unique_id_r"], found["match_probability"], strict=True))
    return {
        threshold: {(min(a, b), max(a, b)) for a, b, score in scored if score >= threshold}
        for threshold in SPLINK_THRESHOLDS
    }


def linked(table: pandas.DataFrame) -> pandas.DataFrame:
    """Pairs and their match probability: Splink 5 with its own comparisons, trained as in its quickstart and tutorial.

    Args:
        table: as `frame` makes it.
    """
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    has_contacts = bool(table["phone"].notna().any())
    comparisons: list[Any] = [
        cl.ForenameSurnameComparison("given", "family"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.JaroWinklerAtThresholds("address", [0.9, 0.8]),
        cl.ExactMatch("postal_code").configure(term_frequency_adjustments=True),
    ]
    blocks = [
        block_on("dob"),
        block_on("given", "family"),
        block_on("family", "postal_code"),
        block_on("given", "postal_code"),
    ]
    if has_contacts:
        comparisons += [cl.ExactMatch("phone"), cl.EmailComparison("email"), cl.ExactMatch("sex")]
        blocks += [block_on("phone"), block_on("email")]
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=blocks
    )
    linker = Linker(DuckDBAPI().register(table), settings)
    training = linker.training
    sure = [block_on("given", "family", "dob")] + ([block_on("email", "dob")] if has_contacts else [])
    training.estimate_probability_two_random_records_match(sure, recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    training.estimate_parameters_using_expectation_maximisation(block_on("given", "family"))
    training.estimate_parameters_using_expectation_maximisation(block_on("dob"))
    return linker.inference.predict(threshold_match_probability=min(SPLINK_THRESHOLDS)).as_pandas_dataframe()


def recordlinkage_pairs(
    records: Sequence[Demographics], learn_from: Sequence[Demographics], truth: Iterable[tuple[str, str]]
) -> dict[str, Pairs]:
    """By classifier: recordlinkage's without a teacher on the records themselves, its taught ones on another set."""
    import recordlinkage

    taught, known = _compared(learn_from), {frozenset(pair) for pair in truth}
    here = _compared(records)
    matches = taught.index[[frozenset(pair) in known for pair in taught.index]]
    found: dict[str, Pairs] = {}
    for name, classifier, teach in (
        ("k-means", recordlinkage.KMeansClassifier(), False),
        ("ECM", recordlinkage.ECMClassifier(binarize=0.8), False),
        ("logistic regression, taught", recordlinkage.LogisticRegressionClassifier(), True),
        ("naive Bayes, taught", recordlinkage.NaiveBayesClassifier(binarize=0.8), True),
        ("SVM, taught", recordlinkage.SVMClassifier(), True),
    ):
        if teach:
            classifier.fit(taught, matches)
        else:
            classifier.fit(here)
        found[name] = {(min(a, b), max(a, b)) for a, b in classifier.predict(here)}
    return found


def _compared(records: Sequence[Demographics]) -> pandas.DataFrame:
    """Candidates by birth date, contacts and names, compared field by field."""
    import recordlinkage

    table = frame(records).set_index("unique_id")
    index = recordlinkage.Index()
    for fields in (
        ["dob"],
        ["given", "family"],
        ["family", "postal_code"],
        ["given", "postal_code"],
        ["phone"],
        ["email"],
    ):
        if all(table[field].notna().any() for field in fields):
            index.block(fields)
    compare = recordlinkage.Compare()
    for field in ("given", "family", "address", "email"):
        if table[field].notna().any():
            compare.string(field, field, method="jarowinkler", label=field)
    for field in ("phone", "sex", "postal_code"):
        if table[field].notna().any():
            compare.exact(field, field, label=field)
    compare.string("dob", "dob", method="damerau_levenshtein", label="dob")
    some = table.fillna(dict.fromkeys(table, ""))
    return compare.compute(index.index(table), some)
