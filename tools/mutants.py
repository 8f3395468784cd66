"""Mutation testing of what decides about access: does a test notice each small change? `make mutants` runs it.

mutmut changes the code and runs the tests that reach the change. Each part is tried with the tests that speak for it
alone, in a folder of its own under build/mutants, where it goes on if it was stopped:

    python tools/mutants.py              every part, then the table for docs/mutation.md and what survived
    python tools/mutants.py gate seals   these parts
    python tools/mutants.py --told       nothing is run: the table, and the survivors, of what was found so far
    python tools/mutants.py --tests      nothing is run: the tests that speak for all parts (`make coverage` runs them)

What an error says is left alone (the arguments of `raise`, and lines that are one sentence). mutmut itself leaves out
what stands outside of functions (the gate's table, limits) and decorated functions (properties, caches).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
COPIED = ("src", "tests", "docs", "benchmarks", "README.md", "CHANGELOG.md", "Makefile")
NO_MUTANTS = (r"^\s*raise \w+\(", r"""^\s*f?"[A-Z].*[.:]",?\)?$""")
KILLED = ("killed", "timeout")
COLD = """

def pytest_runtest_setup():
    import functools, sys

    for name, module in list(sys.modules.items()):
        if name.startswith("portaldesk"):
            for one in list(vars(module).values()):
                if isinstance(one, functools._lru_cache_wrapper):
                    one.cache_clear()
"""
"""For the tests in the folder. mutmut tries each mutant in a fork of the process that has run them all, and what a
cache remembers of that time is the answer of the code that was not changed."""


@dataclass(frozen=True, slots=True)
class Part:
    """Files to change (patterns under src/portaldesk), those among them to leave, and the tests that must notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    but: tuple[str, ...] = ()
    not_named: str = "real_export or sample_patients"  # they need files that are not in the folder


PARTS = {
    "gate": Part(
        ("gate/*",),
        (
            "tests/gate", "tests/services/test_permits.py", "tests/services/test_holding.py",
            "tests/services/test_identity_checks.py", "tests/services/test_securing.py",
            "tests/services/test_resolving.py", "tests/services/test_proxies.py",
            "tests/services/test_deciding_on_proxies.py", "tests/services/test_attacks_on_proxies.py",
            "tests/services/test_texts.py", "tests/services/test_bulk.py", "tests/services/test_letters.py",
            "tests/services/test_contacts.py",
        ),
        but=("gate/guards.py",),  # a table of digests, and the developers' command that renews it
    ),
    "seals": Part(
        ("store/seals.py", "store/canonical.py", "key_generations.py"),
        (
            "tests/store/test_seals.py", "tests/store/test_key_generations.py", "tests/store/test_record.py",
            "tests/services/test_permits.py",
        ),
    ),
    "rules": Part(
        ("rules/*",), ("tests/rules",), but=("rules/matching/*",),
        not_named="real_export or three_thousand or test_matching",
    ),
    "matching": Part(
        ("rules/matching/*",),
        (
            "tests/rules/test_matching.py", "tests/rules/test_matching_evidence.py",
            "tests/rules/test_matching_unshared.py",
            "tests/rules/test_matching_explaining.py", "tests/rules/test_matching_survey.py",
        ),
        but=("rules/matching/splink_settings.py",),  # another engine's: it proposes, and the rules judge
        not_named="sample_patients or most_copies or crowd_is_not_compared",
    ),
}  # fmt: skip


def main() -> int:
    if "--tests" in sys.argv:
        print(*dict.fromkeys(test for part in PARTS.values() for test in part.tests))
        return 0
    told = "--told" in sys.argv
    names = [name for name in sys.argv[1:] if name in PARTS] or list(PARTS)
    for name in names:
        folder = HERE / "build" / "mutants" / name
        if not told:
            _prepare(folder, PARTS[name])
            subprocess.run(
                [Path(sys.executable).parent / "mutmut", "run", "--max-children", "1"], cwd=folder, check=True
            )
        _tell(folder)
    return 0


def _prepare(folder: Path, part: Part) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        if (HERE / name).is_dir():
            shutil.copytree(HERE / name, folder / name, dirs_exist_ok=True)
        else:
            shutil.copy2(HERE / name, folder / name)
    with (folder / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(COLD)
    of_project = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    mutmut = {
        "source_paths": ["src/"],
        "only_mutate": [f"src/portaldesk/{one}" for one in part.files],
        "do_not_mutate": [f"src/portaldesk/{one}" for one in part.but],
        "do_not_mutate_patterns": list(NO_MUTANTS),
        "timeout_multiplier": 2.0,  # a loop without an end costs that much
        "also_copy": [name for name in COPIED if name not in ("src", "tests")],
        "pytest_add_cli_args_test_selection": list(part.tests),
        "pytest_add_cli_args": [
            "-m", "not slow", "-k", f"not ({part.not_named})", "--hypothesis-profile=mutants",
        ],
    }  # fmt: skip
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in mutmut.items())
    (folder / "pyproject.toml").write_text(f"{of_project}\n[tool.mutmut]\n{table}", encoding="utf-8")


def _tell(folder: Path) -> None:
    """One row for each module, and the change of each mutant that was not noticed."""
    from mutmut.stats import status_by_exit_code

    survivors = []
    for meta in sorted((folder / "mutants" / "src").rglob("*.meta")):
        verdicts = {name: status_by_exit_code[code] for name, code in _verdicts(meta).items()}
        if not verdicts:
            continue
        counted = Counter(verdicts.values())
        tried = len(verdicts) - counted["not checked"]
        killed = sum(counted[status] for status in KILLED)
        module = str(meta.relative_to(folder / "mutants/src/portaldesk"))[: -len(".py.meta")]
        print(f"| {module} | {tried} | {killed} | {tried - killed} | {100 * killed / max(tried, 1):.1f} % |")
        survivors += [name for name, status in verdicts.items() if status not in (*KILLED, "not checked")]
    for name in survivors:
        print(f"\n{name}")
        for line in _change(folder, name):
            print(f"  {line}")


def _verdicts(meta: Path) -> dict[str, int | None]:
    verdicts: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return verdicts


def _change(folder: Path, mutant: str) -> Iterator[str]:
    shown = subprocess.run(
        [Path(sys.executable).parent / "mutmut", "show", mutant], cwd=folder, check=True, capture_output=True, text=True
    )
    yield from (line for line in shown.stdout.splitlines() if re.match(r"[+-](?![+-]{2})", line))


if __name__ == "__main__":
    sys.exit(main())
