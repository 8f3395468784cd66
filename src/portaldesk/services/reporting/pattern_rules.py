"""What the report looks for: each pattern's rule in words, with its numbers and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

WINDOW = timedelta(hours=24)
FAILED_CHECKS = 2
WRONG_PASSWORDS = 10
IN_MINUTES = timedelta(minutes=10)
PATIENTS_IN_MINUTES = 8
SIGN_INS_IN_MINUTES = 20
ONE_ADDRESS = 5
FEWEST_OFF_HOURS = 3
MOST = 50

RULES: Mapping[str, tuple[str, str, str]] = {
    "peers": (
        "One staff member far above the others",
        "Failed checks, attested strong checks and temporary logins are set against all checks made, refused attempts "
        "against all attempts. Noted where the rate is at least twice that of all others together, the cases are five "
        "or more, and chance alone would give so many in fewer than 1 of 1,000 comparisons.",
        "Test: Przyborowski and Wilenski 1940; limit: Spiegelhalter 2005 (funnel plots); twice and five: ours",
    ),
    "checks-then-change": (
        "Failed checks, then one that passed",
        "Two or more checks of one patient failed within 24 hours before one that passed and was used for a change. "
        "Two, because the third puts the patient on hold.",
        "Design, section 3.4; the sequence of MITRE ATT&CK T1110",
    ),
    "guesses-then-sign-in": (
        "Many wrong passwords, then the right one",
        "Ten or more refused sign-ins to one account (two locks) within 24 hours before one that succeeded, with no "
        "new password between.",
        "MITRE ATT&CK T1110 (brute force); ten: ours, two locks of five",
    ),
    "sign-in-burst": (
        "Many refused sign-ins in a few minutes",
        "Twenty or more within ten minutes, over all accounts and unknown usernames.",
        "MITRE ATT&CK T1110.003 (password spraying); the numbers are ours",
    ),
    "many-in-minutes": (
        "Many patients in a few minutes",
        "One staff member changed something for eight or more patients within ten minutes. A busy desk takes 80 calls "
        "a day, not two in ten minutes on average.",
        "Design, section 1 (20 to 80 calls a day); eight in ten minutes: ours",
    ),
    "off-hours": (
        "Changes outside the opening hours",
        "Three or more changes by one staff member outside the clinic's hours. What counts is a change that was "
        "carried out or asked for at the desk, by its local time.",
        "The setting clinic_hours; three: ours",
    ),
    "one-address": (
        "One address mailed for many patients",
        "Links or codes for five or more patients went to one address. Families share one; so does who collects "
        "accounts.",
        "Ours: more than most households",
    ),
    "busy-day": (
        "A day with far more failed checks than the others",
        "More than the median of the days with failed checks or changes by three times their scaled median absolute "
        "deviation (never taken for less than the square root of the median, as chance has it), and ten at least.",
        "Leys et al. 2013; ten: ours",
    ),
    "flag": (
        "Flags raised at the time",
        "What checks and finds were marked with when they were made: many-attested, many-failed, far-above-peers, "
        "many-finds, many-birth-dates. Each opens an incident.",
        "Design, section 3.7",
    ),
}
"""Kind → title, rule in words, source. The report prints it whole, found or not."""
