"""Finding duplicates through Splink on DuckDB, for stores past what a list in memory should hold.

Splink proposes and our rules judge: twins, Jr/Sr and spouses stay apart whatever it weighs, and a pair has its grade
and its reasons as always. Nothing is written to a disk: DuckDB would spill patients' facts in clear.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from portaldesk.errors import StoreUnavailable
from portaldesk.rules.matching import Demographics, Grade, Pair, splink_settings
from portaldesk.rules.matching.blocking import LARGEST_HOUSEHOLD
from portaldesk.rules.matching.pairs import WELL_KNOWN_FROM, judged
from portaldesk.rules.matching.profile import Profile, profile

if TYPE_CHECKING:
    import duckdb
    from splink.internals.splink_dataframe import SplinkDataFrame

PROPOSED_FROM = -10.0
"""Match weight in bits from which a pair is judged: a thousand to one against, and no lower than that, for a twin's
record casts doubt too. Ours: with it the rules find all that they find by themselves (benchmarks/duplicates.py)."""
LEARNT_FROM = ("names", "born", "phone")
"""Columns that a share of strangers agree in as well: who has one in common teaches what the others are worth."""
_AT_ONCE = 50_000  # records brought over
_DRAWN = 1_000_000  # pairs of strangers that the weights are learnt from; as in Splink's tutorial
_ENOUGH = 500  # pairs that a weight can be learnt from; "at least a few hundred" says Splink
_SEED = 20_261_201  # the same strangers each time

Progress = Callable[[str, int, int | None], None]


def require() -> None:
    """Raises: StoreUnavailable `no-splink`."""
    try:
        import duckdb  # noqa: F401
        import pyarrow  # noqa: F401
        import splink  # noqa: F401
    except ImportError:
        raise StoreUnavailable(
            "no-splink",
            "Splink is not installed here.",
            "Install portaldesk[splink], or leave out --engine splink: the rules need no Splink.",
        ) from None


def find_pairs(
    people: Iterable[Demographics],
    again: Callable[[set[str]], Iterable[Demographics]],
    *,
    min_grade: Grade,
    progress: Progress = lambda what, done, total: None,
) -> list[Pair]:
    """What the rules say of the pairs that Splink proposes, in the order of `rules.matching.find_pairs`.

    Args:
        people: all records, read once and not kept.
        again: reads some of them once more, by MRN.
        min_grade: leave out pairs less sure than this.
        progress: told what is done, how much of it, of how much.
    Raises: StoreUnavailable `no-splink`, `out-of-memory`.
    """
    require()
    with _memory() as database:
        _fill(database, people)
        crowds = _without_crowds(database)
        progress("Splink", 0, None)
        proposed = _proposed(database)
        progress("Judging", 0, None)
        named = {mrn for pair in proposed for mrn in pair}
        records = [_without(crowds, profile(person)) for person in again(named)]
        place = {record.mrn: at for at, record in enumerate(records)}
        pairs = {(min(place[a], place[b]), max(place[a], place[b])) for a, b in proposed}
        return judged(records, pairs, well_known=_well_known(database), min_grade=min_grade)


@contextmanager
def _memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory alone, that loads nothing from anywhere."""
    import duckdb
    from splink.internals.exceptions import SplinkException

    config: dict[str, Any] = {
        "temp_directory": "",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=config) as database:
        try:
            yield database
        except (duckdb.OutOfMemoryException, SplinkException, RuntimeError) as error:
            cause = error.__cause__ or error
            if type(cause) is RuntimeError and str(cause) == "Query interrupted":  # so DuckDB says Ctrl-C
                raise KeyboardInterrupt from None
            if not isinstance(cause, duckdb.OutOfMemoryException):
                raise
            raise StoreUnavailable(
                "out-of-memory",
                "The memory of this machine does not suffice for Splink.",
                "Use a machine with more, or Spark: docs/duplicates.md tells how.",
            ) from None


def _fill(database: duckdb.DuckDBPyConnection, people: Iterable[Demographics]) -> None:
    import pyarrow

    of = {"VARCHAR": pyarrow.string(), "INTEGER": pyarrow.int32(), "VARCHAR[]": pyarrow.list_(pyarrow.string())}
    schema = pyarrow.schema([(name, of[kind]) for name, kind in splink_settings.COLUMNS.items()])
    database.execute(f"CREATE TABLE people ({', '.join(' '.join(one) for one in splink_settings.COLUMNS.items())})")
    rows = (splink_settings.row(profile(person)) for person in people)
    while some := list(islice(rows, _AT_ONCE)):
        by_column = zip(zip(*some, strict=True), schema.types, strict=True)
        columns = [pyarrow.array(values, kind) for values, kind in by_column]
        database.register("more_people", pyarrow.Table.from_arrays(columns, schema=schema))
        database.execute("INSERT INTO people SELECT * FROM more_people")
        database.unregister("more_people")


# What a crowd shares is no household's, as in `blocking.without_crowds`; a door goes with its homes.
_CROWDED = {"phone": ("phone",), "email": ("email",), "home": ("home", "street", "door")}


def _without_crowds(database: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    found = {}
    for column, cleared in _CROWDED.items():
        crowd = f"SELECT {column} FROM people GROUP BY {column} HAVING count({column}) > {LARGEST_HOUSEHOLD}"
        found[column] = {value for (value,) in database.execute(crowd).fetchall()}
        if found[column]:
            empty = ", ".join(f"{name} = NULL" for name in cleared)
            database.execute(f"UPDATE people SET {empty} WHERE {column} IN ({crowd})")
    return found


def _without(crowds: dict[str, set[str]], person: Profile) -> Profile:
    home = splink_settings.home_of(person)
    if person.phone not in crowds["phone"] and person.email not in crowds["email"] and home not in crowds["home"]:
        return person
    return person._replace(
        phone="" if person.phone in crowds["phone"] else person.phone,
        email="" if person.email in crowds["email"] else person.email,
        street="" if home in crowds["home"] else person.street,
    )


def _well_known(database: duckdb.DuckDBPyConnection) -> frozenset[str]:
    names = "SELECT unnest(list_distinct([given, family])) AS name FROM people"
    common = f"SELECT name FROM ({names}) WHERE name IS NOT NULL GROUP BY name HAVING count(*) >= {WELL_KNOWN_FROM}"
    return frozenset(name for (name,) in database.execute(common).fetchall())


def _pairs_sharing(database: duckdb.DuckDBPyConnection, column: str) -> int:
    counted = f"SELECT count(*) AS n FROM people WHERE {column} IS NOT NULL GROUP BY {column}"
    [(pairs,)] = database.execute(f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM ({counted})").fetchall()
    return int(pairs)


def _proposed(database: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    from splink import DuckDBAPI

    [(records,)] = database.execute("SELECT count(*) FROM people").fetchall()
    if records < 2:
        return []
    learn_from = [column for column in LEARNT_FROM if _pairs_sharing(database, column) >= _ENOUGH]
    pairs = weighed(DuckDBAPI(database), "people", records=records, learn_from=learn_from).physical_name
    return database.execute(
        f"SELECT unique_id_l, unique_id_r FROM {pairs} WHERE NOT ({splink_settings.TWO_PEOPLE})"
    ).fetchall()


def weighed(api: Any, table: Any, *, records: int, learn_from: Iterable[str] = LEARNT_FROM) -> SplinkDataFrame:
    """The pairs that Splink, taught by the records themselves, weighs at `PROPOSED_FROM` or more; on any engine of its.

    Args:
        api: of the engine, such as `splink.SparkAPI(spark_session=...)`.
        table: what that engine takes as a table, with the columns of `splink_settings.COLUMNS`.
        records: how many they are.
        learn_from: columns of which enough pairs have one value in common.
    """
    from splink import Linker, block_on
    from splink.internals.exceptions import EMTrainingException

    # it tells what it learns, and warns of levels that no pair shows: neither is for a clerk
    people, settings = api.register(table), splink_settings.settings(records)
    linker = Linker(people, settings, log_level=logging.CRITICAL)
    linker.training.estimate_u_using_random_sampling(max_pairs=_DRAWN, seed=_SEED)
    try:
        for column in learn_from:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(column))
    except (EMTrainingException, ValueError):  # too few pairs, or weights without end: it is left half taught
        linker = Linker(people, settings, log_level=logging.CRITICAL)
    return linker.inference.predict(threshold_match_weight=PROPOSED_FROM)
