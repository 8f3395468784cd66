"""The same blocking and comparing in plain Python, as SQL on DuckDB, and with polars and rapidfuzz, in one run.

    python benchmarks/engines.py [PATIENTS] [ROUNDS]          (default: 100000 3)

Each gets the folded records (`profile`) as its library likes them best: what that takes stands in a column of its own.
Each answers with the pairs that the rules count (`compared`): it brings records together by the keys of
`blocking.KINDS`, compares given and family name, birth date and contacts of all at once, and leaves to the rules what
they could join at these levels, so that the rules are not written a second time. Needs duckdb, polars, numpy and
pyarrow: pip install 'portaldesk[bench]'.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import duckdb
import numpy
import polars as pl
from people import population
from rapidfuzz import process
from rapidfuzz.distance import OSA
from side_by_side import machine, show

from portaldesk.rules.matching.blocking import KINDS, candidates, without_crowds
from portaldesk.rules.matching.likeness import short_for
from portaldesk.rules.matching.pairs import compared, well_known
from portaldesk.rules.matching.profile import Profile, profile

SEED = 2
PLAIN = "plain Python"
SLIPS = 2  # of a name, at most: what `likeness.slips` allows

Pairs = set[tuple[int, int]]


def main() -> None:
    count, rounds = (int(one) for one in (*sys.argv[1:3], *("100000", "3")[len(sys.argv) - 1 :]))
    people = population(count, seed=SEED)
    records = without_crowds(profile(person) for person in people.records)
    known = well_known(records)
    start = time.process_time()
    table, keys = _table(records), _keys(records)
    made_ready = f"{time.process_time() - start:.2f} s"
    engines: dict[str, Callable[[], Iterable[tuple[int, int]]]] = {
        PLAIN: lambda: candidates(records),
        "DuckDB SQL": lambda: by_duckdb(table, keys),
        "polars + rapidfuzz": lambda: by_polars(table, keys),
    }
    took: dict[str, list[tuple[float, float, float]]] = {name: [] for name in engines}
    found: dict[str, tuple[int, Pairs]] = {}
    for _ in range(rounds):
        for name, engine in engines.items():
            wall, processor = time.perf_counter(), time.process_time()
            pairs = list(engine())
            between = time.process_time()
            kept = {pair for pair, _ in compared(records, pairs, well_known=known)}
            spent = time.process_time()
            took[name].append((time.perf_counter() - wall, spent - processor, spent - between))
            found[name] = len(pairs), kept
    ours = found[PLAIN][1]
    rows = []
    for name, (looked_at, kept) in found.items():
        seconds = [f"{statistics.median(one):.2f} s" for one in zip(*took[name], strict=True)]
        share, loading = f"{len(kept & ours) / len(ours):.4f}", f"{_import_seconds(name):.2f} s"
        rows.append((name, made_ready if name != PLAIN else "", *seconds, f"{looked_at:,}", share, loading))
    print(machine(), f"{count:,} patients, median of {rounds}")
    show(
        rows,
        ("engine", "to make ready", "wall", "processor", "of it the rules", "pairs judged", "of ours found", "import"),
    )


def _table(records: Sequence[Profile]) -> pl.DataFrame:
    """What is compared, a row a record."""
    return pl.DataFrame(
        {
            "place": range(len(records)),
            "given": [one.given[0] if one.given else None for one in records],
            "forms": [
                sorted({*one.given, *one.others, *(form for word in one.given[:1] for form in short_for(word))})
                for one in records
            ],
            "family": [one.family or None for one in records],
            "words": [sorted(one.words) for one in records],
            "born": [one.birth_date for one in records],
            "phone": [one.phone or None for one in records],
            "email": [one.email or None for one in records],
            "home": [one.home or None for one in records],
            "number": [next((word for word in one.street.split() if word.isdigit()), None) for one in records],
        },
        schema_overrides={"place": pl.Int32, "forms": pl.List(pl.String), "words": pl.List(pl.String)},
    )


def _keys(records: Sequence[Profile]) -> pl.DataFrame:
    """What brings records together: a row for each key and each part of it, as `blocking` cuts a large block."""

    def rows() -> Iterator[tuple[int, str]]:
        for place, one in enumerate(records):
            for kind in KINDS:
                key = kind.key_of(one)
                if not key:
                    continue
                if kind.whole > 1:
                    yield place, f"{kind.name}|{key}"
                else:
                    for part in kind.parts_of(one):
                        yield place, f"{kind.name}|{key}|{part}"

    return pl.DataFrame(list(rows()), schema={"place": pl.Int32, "key": pl.String}, orient="row")


BROUGHT_TOGETHER = """
    WITH blocks AS (SELECT key FROM keys GROUP BY key HAVING count(*) BETWEEN 2 AND 50)
    SELECT DISTINCT a.place AS first, b.place AS second
    FROM keys a JOIN blocks USING (key) JOIN keys b USING (key) WHERE a.place < b.place
"""
COULD_BE = f"""
    WITH pairs AS ({BROUGHT_TOGETHER}), levels AS (
        SELECT first, second,
            a.given = b.given OR list_has_any(a.forms, b.forms) OR a.given IS NULL OR b.given IS NULL
                OR a.given[1] = b.given[1] AND (length(a.given) = 1 OR length(b.given) = 1)
                OR damerau_levenshtein(a.given, b.given) <= {SLIPS} AS given,
            list_has_any(a.words, b.words) AS named,
            damerau_levenshtein(a.family, b.family) <= {SLIPS} AS family,
            coalesce(a.born = b.born, true) AS born,
            coalesce(abs(year(a.born) - year(b.born)) <= 12, true) AS near,
            coalesce(a.phone = b.phone, false) OR coalesce(a.email = b.email, false)
                OR coalesce(a.number = b.number, false) AS contact
        FROM pairs JOIN people a ON a.place = first JOIN people b ON b.place = second)
    SELECT first, second FROM levels
    WHERE (born OR contact AND (given OR named)) AND (given OR named OR family)
"""


def by_duckdb(people: pl.DataFrame, keys: pl.DataFrame) -> list[tuple[int, int]]:
    with duckdb.connect(":memory:") as database:
        database.register("people", people.to_arrow())
        database.register("keys", keys.to_arrow())
        return database.execute(COULD_BE).fetchall()


def by_polars(people: pl.DataFrame, keys: pl.DataFrame) -> Iterator[tuple[int, int]]:
    lazy = keys.lazy().filter(pl.len().over("key").is_between(2, 50))
    pairs = (
        lazy.join(lazy, on="key")
        .filter(pl.col("place") < pl.col("place_right"))
        .select("place", "place_right")
        .unique()
    )
    sides = pairs.join(people.lazy(), on="place").join(
        people.lazy().rename({name: f"{name}_right" for name in people.columns}), on="place_right"
    )
    both = (
        sides.with_columns(
            born=(pl.col("born") == pl.col("born_right")).fill_null(value=True),
            contact=pl.any_horizontal(
                (pl.col(name) == pl.col(f"{name}_right")).fill_null(value=False)
                for name in ("phone", "email", "number")
            ),
            named=pl.col("words").list.set_intersection("words_right").list.len() > 0,
            alike=pl.col("forms").list.set_intersection("forms_right").list.len() > 0,
        )
        .filter(pl.col("born") | pl.col("contact"))
        .select(
            "place",
            "place_right",
            "given",
            "given_right",
            "family",
            "family_right",
            "born",
            "contact",
            "named",
            "alike",
        )
        .collect()
    )
    given = _slips(both, "given") | both["alike"].to_numpy()
    family, named = _slips(both, "family"), both["named"].to_numpy()
    born, contact = both["born"].to_numpy(), both["contact"].to_numpy()
    kept = (born | (contact & (given | named))) & (given | named | family)
    return both.filter(pl.Series(kept)).select("place", "place_right").iter_rows()


def _slips(both: pl.DataFrame, name: str) -> numpy.ndarray:
    ours, theirs = both[name].fill_null("").to_list(), both[f"{name}_right"].fill_null("").to_list()
    return process.cpdist(ours, theirs, scorer=OSA.distance, score_cutoff=SLIPS, workers=2) <= SLIPS


def _import_seconds(name: str) -> float:
    """What the library costs at the start of a command."""
    modules = {PLAIN: "rapidfuzz", "DuckDB SQL": "duckdb", "polars + rapidfuzz": "polars, numpy, rapidfuzz"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {modules[name]}"], check=True)
    with_it = time.perf_counter() - start
    subprocess.run([sys.executable, "-c", ""], check=True)
    return with_it - (time.perf_counter() - start - with_it)


if __name__ == "__main__":
    main()
