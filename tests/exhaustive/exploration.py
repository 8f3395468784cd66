"""Every sequence of steps, breadth first, over states that are told apart only by what they hold.

A state is three calls and the file of patient A. A step touches one call and the file, so what it does to them is
worked out once for each pair and looked up ever after; the gate's functions and the oracle run on every pair that any
sequence brings together. What is the same by symmetry is explored once: the two clerks are alike, and what may happen
to patient B is what may happen to A. So B's own file is left out: B is there to be talked about in the same calls,
which ends a check of A's, and B's check is offered for A. The admin's caller says less: how a check grows does not
depend on whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pure_desk as desk
from pure_desk import STAFF, A, B, Call, Hole, Patient

from portaldesk.gate import checks

State = tuple[int, int, int, int]
"""Numbers of the clerks' calls, the lower one first, of the admin's call, and of the patient's file."""
WHO = ("cara", "cara", "adam")
LESS = ("three facts", "two wrong facts", "photo ID and birth date")


@dataclass(frozen=True)
class Explored:
    """What an exploration found.

    `states`: how many are reached in at most 0, 1, 2 ... steps; `pairs`: of a call and a file, each judged;
    `hole`: the shortest way to one, and what it is; `let_through`: every change that the gate allowed on the way.
    """

    states: tuple[int, ...]
    pairs: int
    let_through: frozenset[str]
    hole: tuple[str, ...] | None = None


class _Found(Exception):
    def __init__(self, label: str, hole: object) -> None:
        super().__init__(label, hole)
        self.way = (label, str(hole))


@dataclass
class _Numbers:
    """Values by number, and numbers by value."""

    of: dict[object, int] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)

    def __call__(self, value: object) -> int:
        number = self.of.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


class Explorer:
    """`never`: what nobody proves in the sequences that are explored, by the words of its label."""

    def __init__(self, never: tuple[str, ...] = ()) -> None:
        self.never = never
        self.calls, self.patients = _Numbers(), _Numbers()
        self.calls(Call())
        self.patients(Patient())
        self.pairs: dict[tuple[str, int, int], list[tuple[int, int, str]]] = {}
        self.files: dict[int, list[tuple[int, str]]] = {}
        self.aged: dict[tuple[int, str, int], tuple[int, tuple]] = {}
        self.aged_files: dict[tuple[int, int], int] = {}
        self.judged: set[tuple[str, int, int]] = set()
        self.theirs: set[tuple[str, int]] = set()

    def run(self, steps: int, patient: Patient | None = None) -> Explored:
        """Every sequence of up to so many steps; the last step is judged, the state that it leads to is not kept.

        `patient`: what stands in A's file at the beginning, where it is not nothing.
        """
        first: State = (0, 0, 0, self.patients(patient or Patient()))
        came: dict[State, tuple[State, str, State] | None] = {first: None}
        layer, counts, at = [first], [1], first
        try:
            for depth in range(steps):
                following: list[State] = []
                for at in layer:
                    if depth == steps - 1:
                        self._judge(at)
                    else:
                        for reached, label in self._steps(at):
                            after = _alike(reached)
                            if after not in came:
                                came[after] = (at, label, reached)
                                following.append(after)
                layer = following
                counts.append(len(came))
        except _Found as found:
            return Explored(
                tuple(counts), len(self.pairs) + len(self.judged), self._let_through(), _way(came, at, *found.way)
            )
        return Explored(tuple(counts[:-1]), len(self.pairs) + len(self.judged), self._let_through())

    def _judge(self, state: State) -> None:
        """Let the oracle judge every change that a further step could make in this state."""
        *calls, file = state
        for slot, (who, call) in enumerate(zip(WHO, calls, strict=True)):
            if (who, call, file) not in self.pairs and (who, call, file) not in self.judged:
                self.judged.add((who, call, file))
                list(self._pair(who, call, file, slot=slot, changes_only=True))
        self._known_file(file)
        for minutes in desk.PASSES:
            self._aged_file(file, minutes)

    def _known_file(self, file: int) -> list[tuple[int, str]]:
        if file not in self.files:
            self.files[file] = list(self._file(file))
        return self.files[file]

    def _steps(self, state: State) -> Iterator[tuple[State, str]]:
        one, two, admin, file = state
        for call, changed, label in self._known("cara", one, file):
            yield (call, two, admin, changed), f"cara: {label}"
        if two != one:
            for call, changed, label in self._known("cara", two, file, slot=1):
                yield (one, call, admin, changed), f"cole: {label}"
        for call, changed, label in self._known("adam", admin, file):
            yield (one, two, call, changed), f"adam: {label}"
        for changed, label in self._known_file(file):
            yield (one, two, admin, changed), label
        for minutes in desk.PASSES:
            yield self._later(state, minutes), f"{minutes} minutes go by"

    def _known(self, who: str, call: int, file: int, slot: int = 0) -> list[tuple[int, int, str]]:
        known = self.pairs.get((who, call, file))
        if known is None:
            known = self.pairs[who, call, file] = list(self._pair(who, call, file, slot=slot))
        return known

    def _later(self, state: State, minutes: int) -> State:
        *calls, file = state
        after, lapses = [], []
        for who, call in zip(WHO, calls, strict=True):
            known = self.aged.get((minutes, who, call))
            if known is None:
                later, failed = desk.later_call(self.calls.values[call], who, minutes)
                known = self.aged[minutes, who, call] = (self.calls(later.settled()), failed)
            after.append(known[0])
            lapses += known[1]
        one, two, admin = after
        return one, two, admin, self._lapsed(self._aged_file(file, minutes), lapses)

    def _aged_file(self, file: int, minutes: int) -> int:
        if (minutes, file) not in self.aged_files:
            try:
                self.aged_files[minutes, file] = self.patients(desk.later_patient(self.patients.values[file], minutes))
            except Hole as hole:
                raise _Found(f"{minutes} minutes go by", hole) from None
        return self.aged_files[minutes, file]

    def _lapsed(self, file: int, lapses: list[desk.Lapse] | tuple[desk.Lapse, ...]) -> int:
        for whom, *how in lapses:
            if whom == A:
                file = self.patients(desk.lapsed(self.patients.values[file], *how))
        return file

    def _pair(
        self, who: str, call_no: int, file: int, *, slot: int, changes_only: bool = False
    ) -> Iterator[tuple[int, int, str]]:
        """What one staff member may do in one call; each different outcome once.

        `slot`: whose call it is, where the clerks are alike; `changes_only`: leave out what cannot change more than the
        call, and what comes of a change.
        """
        call, patient = self.calls.values[call_no], self.patients.values[file]
        has_check = desk.has_check(call, who)
        self._require_it_is_theirs_alone(call_no, who)
        known = {(call_no, file)}
        for label, step, kind in _DESK[who]:
            if (kind != "says" and not has_check) or (changes_only and kind != "changes"):
                continue
            if any(word in label for word in self.never):
                continue
            try:
                after, changed, lapses = step(call, patient)
            except Hole as hole:
                raise _Found(f"{'cole' if slot == 1 else who}: {label}", hole) from None
            if changes_only or (after is call and changed is patient and not lapses):
                continue
            found = self.calls(after.settled()), self._lapsed(self.patients(changed), lapses)
            if found not in known:
                known.add(found)
                yield *found, label

    def _require_it_is_theirs_alone(self, call_no: int, who: str) -> None:
        """A check that is named by --check in another call, or by another, counts for nobody."""
        if (who, call_no) in self.theirs:
            return
        self.theirs.add((who, call_no))
        check = self.calls.values[call_no].check
        for name, session in (("cole", "S-cole"), ("cara", "S-cara"), ("adam", "S-adam"), (who, "S-another")):
            if (name, session) != (who, STAFF[who].session):
                for whom in (A, B):
                    if checks.why_not_live(check, patient=whom, staff=name, session=session, now=desk.NOW) is None:
                        raise _Found(f"{name}: names the check of {who}", "a check of another call counts")

    def _let_through(self) -> frozenset[str]:
        return frozenset(label for known in self.pairs.values() for _, _, label in known if label in _CHANGES)

    def _file(self, file: int) -> Iterator[tuple[int, str]]:
        """What may happen to the patient's file without a call."""
        known = {file}
        for label, step in _ELSEWHERE:
            try:
                found = self.patients(step(self.patients.values[file]))
            except Hole as hole:
                raise _Found(label, hole) from None
            if found not in known:
                known.add(found)
                yield found, label


def _alike(state: State) -> State:
    """The one form of a state and of the same with the clerks in each other's place."""
    one, two, admin, file = state
    return state if one <= two else (two, one, admin, file)


def _at_the_desk(who: str) -> Iterator[tuple[str, Any, str]]:
    """Label, step, and its kind; all but what is said does nothing without a live check of A in this call."""
    for label, said in desk.SAYINGS.items():
        if who == "cara" or label in LESS:
            yield f"A says {label}", lambda c, p, said=said: desk.says(c, p, who, A, said), "says"
    if B not in STAFF[who].own:
        for label in LESS:
            said = desk.SAYINGS[label]
            yield f"B says {label}", lambda c, p, said=said: _of_b(desk.says(c, Patient(), who, B, said), p), "says"
    yield "sends A a code", lambda c, p: desk.gets_code(c, p, who, A), "proves"
    for right in (True, False):
        label = f"A reads the {'right' if right else 'wrong'} code"
        yield label, lambda c, p, right=right: desk.reads_code(c, p, who, A, right=right), "proves"
    yield "A reads four wrong codes", lambda c, p: desk.reads_four_wrong_codes(c, p, who, A), "proves"
    yield "calls A back", lambda c, p: desk.is_called_back(c, p, who, A), "proves"
    for action, kind in desk.ASKED:
        label = f"{action}{f' {kind}' if kind else ''} for A"
        yield label, lambda c, p, action=action, kind=kind: desk.acts(c, p, who, A, action, kind), "changes"
    yield "ends the call", lambda c, p: _end(c, p, who), "says"


def _of_b(done: tuple, patient: Patient) -> tuple:
    return done[0], patient, done[2]


def _end(call: Call, patient: Patient, who: str) -> tuple:
    after, lapses = desk.ended(call, who)
    return after, patient, lapses


def _without_a_call() -> Iterator[tuple[str, Any]]:
    yield "somebody forgot the password of A", desk.forgets
    for kind in desk.LINKS:
        for right in (True, False):
            label = f"the {kind} of A is redeemed with {'right' if right else 'wrong'} facts"
            yield label, lambda p, kind=kind, right=right: desk.redeems(p, kind, right=right)
        yield f"the {kind} of A is tried four times", lambda p, kind=kind: desk.redeems_four_times_wrong(p, kind)
        yield f"the {kind} of A is stolen", lambda p, kind=kind: desk.redeems_knowing_too_little(p, kind)
    for kind in desk.KINDS:
        yield f"the new {kind} of A answers", lambda p, kind=kind: desk.answers(p, kind)
        yield f"the old address of A objects to the {kind}", lambda p, kind=kind: desk.objects(p, kind)
        for who in STAFF:
            yield f"{who} approves the {kind} of A", lambda p, k=kind, w=who: desk.approves(p, A, k, w)
            yield f"{who} rejects the {kind} of A", lambda p, k=kind, w=who: desk.rejects(p, A, k, w)
    for who in STAFF:
        yield f"{who} releases the hold of A", lambda p, w=who: desk.releases(p, A, w)


_DESK = {who: list(_at_the_desk(who)) for who in WHO}
_CHANGES = {label for steps in _DESK.values() for label, _, kind in steps if kind == "changes"}
_ELSEWHERE = list(_without_a_call())


def _way(came: dict[State, tuple[State, str, State] | None], state: State, last: str, hole: str) -> tuple[str, ...]:
    """The labels of the steps to this state, and of the last one; each clerk under one name all the way."""
    steps: list[tuple[str, bool]] = []
    while (before := came[state]) is not None:
        earlier, label, reached = before
        steps.append((label, reached != state))
        state = earlier
    way, swapped = [], False
    for label, swaps in [*reversed(steps), (last, False)]:
        way.append(_renamed(label) if swapped else label)
        swapped ^= swaps
    return (*way, hole)


def _renamed(label: str) -> str:
    other = {"cara": "cole", "cole": "cara"}
    return " ".join(other.get(word.rstrip(":"), word.rstrip(":")) + ":" * word.endswith(":") for word in label.split())


if __name__ == "__main__":
    import sys
    import time

    for n in range(1, int(sys.argv[1]) + 1):
        began, found = time.perf_counter(), Explorer().run(n)
        print(n, found, f"{time.perf_counter() - began:.1f} s", flush=True)
