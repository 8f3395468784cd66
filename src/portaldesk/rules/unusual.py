"""When a count is far above what chance explains: two tests, each with its source. They say "look", never "guilty".

Peers. Two counts over their own amounts of work are compared by the conditional test of Przyborowski and Wilenski
(Biometrika 31, 1940): if both worked at one rate, the first's share of all cases is binomial. The limit, 1 in 1,000,
is the outer control limit of a funnel plot (Spiegelhalter, Statistics in Medicine 24, 2005: three standard
deviations, 99.8 % two-sided). Real people differ by more than chance, so the rate must also be twice the others', and
the cases five at least (both ours).

Days. A day is far above when it passes the median of the days by three times their scaled median absolute deviation
(Leys et al., Journal of Experimental Social Psychology 49, 2013: three is the conservative choice). The deviation is
never taken for less than a Poisson count has by itself, and the cases must be ten at least (ours).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

FEWEST_CASES = 5
CHANCE = 0.001
TIMES_PEERS = 2
FEWEST_A_DAY = 10
DEVIATIONS = 3
NORMAL = 1.4826  # a median absolute deviation times this is a standard deviation, where counts are normal


def far_above_peers(mine: int, of: int, others: int, of_others: int) -> bool:
    """Whether `mine` cases of `of` are far above `others` of `of_others`; never without peers' work to compare with."""
    if mine < FEWEST_CASES or of < 1 or of_others < 1:
        return False
    twice = mine * of_others >= TIMES_PEERS * others * of
    return twice and chance_of(mine, of, others, of_others) < CHANCE


def chance_of(mine: int, of: int, others: int, of_others: int) -> float:
    """How likely `mine` or more of all the cases are, if everybody had the same rate."""
    cases, share = mine + others, of / (of + of_others)
    term = math.exp(
        math.lgamma(cases + 1) - math.lgamma(mine + 1) - math.lgamma(others + 1)
        + mine * math.log(share) + others * math.log1p(-share)
    )  # fmt: skip
    tail = 0.0
    for found in range(mine, cases + 1):
        tail += term
        if term < tail * 1e-12 and found > cases * share:
            break
        term *= (cases - found) / (found + 1) * share / (1 - share)
    return min(tail, 1.0)


def day_limit(counts: Sequence[int]) -> float:
    """The count that a day must pass to be far above the others."""
    if not counts:
        return FEWEST_A_DAY - 1
    middle = median(counts)
    spread = NORMAL * median(abs(count - middle) for count in counts)
    return max(middle + DEVIATIONS * max(spread, math.sqrt(middle)), FEWEST_A_DAY - 1)
