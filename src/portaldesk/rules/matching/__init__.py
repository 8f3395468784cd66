"""Which patient records may belong to one person: demographics in, pairs with a grade and reasons out.

Deterministic rules, each with its own words (`rulebook`), over what two records have in common (`evidence`). Reading
order: demographics, profile, levels, likeness, names, evidence, rulebook, blocking, pairs; unshared; explaining;
splink_settings.
"""

from portaldesk.rules.matching.demographics import Demographics
from portaldesk.rules.matching.pairs import Pair, clusters, find_pairs
from portaldesk.rules.matching.rulebook import Grade

__all__ = ["Demographics", "Grade", "Pair", "clusters", "find_pairs"]
