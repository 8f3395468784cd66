"""What README and docs show is what happens: every console block runs, in order, in a fresh home."""

from __future__ import annotations

from pathlib import Path

import pytest
import transcripts

DOCS = [transcripts.ROOT / "README.md", *sorted((transcripts.ROOT / "docs").glob("*.md"))]
WITH_EXAMPLES = [path for path in DOCS if "```console" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.name)
def test_every_example_prints_and_ends_as_shown(path: Path, tmp_path: Path) -> None:
    steps = transcripts.steps_of(path)
    for step, done in zip(steps, transcripts.run(steps, tmp_path), strict=True):
        where = f"{path.name}:{step.line}: $ {step.command}\n"
        assert done.code == step.code, f"{where}ended with {done.code}, shown is {step.code}:\n{done.output}"
        assert transcripts.agrees(step.expected, done.output), f"{where}printed:\n{done.output}"


def test_readme_and_tutorial_have_examples() -> None:
    assert {"README.md", "tutorial.md"} <= {path.name for path in WITH_EXAMPLES}


def test_a_transcript_that_shows_something_else_is_found() -> None:
    assert transcripts.agrees("Check C-AAAAAA11: passed\n...\nend", "Check C-0F0F0F0F: passed\none\ntwo\nend")
    assert transcripts.agrees("Check ... passed", "Check 7: passed")
    assert not transcripts.agrees("Check C-AAAAAA11: failed", "Check C-AAAAAA11: passed")
    assert not transcripts.agrees("one", "one\ntwo")
    assert not transcripts.agrees("", "one")
    assert not transcripts.agrees("one", "")


def test_a_transcript_runs_as_one_bash(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ A=7\n$ cat <<'END'\n> $A\n> END\n$A\n$ echo $A; (exit 4)\n7\n[exit 4]\n```\n", encoding="utf-8"
    )
    steps = transcripts.steps_of(page)
    assert [(s.line, s.code, s.expected) for s in steps] == [(2, 0, ""), (3, 0, "$A"), (7, 4, "7")]
    done = transcripts.run(steps, tmp_path / "run")
    assert [(d.code, d.output) for d in done] == [(0, ""), (0, "$A\n"), (4, "7\n")]
