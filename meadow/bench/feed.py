"""The Hot page beside the least Django can do and beside django-oscar, in one run on one machine."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from meadow.bench.data import EVERY_OWN, READERS, Community, build_community
from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps, middle
from meadow.bench.load import LoadPlan, LoadResult, raw_request, run_load
from meadow.bench.orders import ORDERS, Ticking, place_orders, share_sponsored
from meadow.bench.place import call, environment_of, own_postgres
from meadow.bench.roundtrips import StatementLog
from meadow.bench.serving import Servers
from meadow.runtime.testing import RunningEngines

NOTES = 100_000
PRODUCTS = 2_000
CARDS = 20
ROUNDS = 3
SECONDS = 6.0
WARM_UP = 1.5
RENDER_SECONDS = 12.0
HALF_LOAD_SECONDS = 12.0
CONNECTIONS = 16
OPEN_CONNECTIONS = 64
COUNTED_SECONDS = 2.0
BUSY_CLIENT = 0.6  # of a core: beyond it the client, not the server, would set the figure

ONE_QUERY, OSCAR = "granian + Django + 1 query", "django-oscar catalogue"
BY_ORM = "the same query by ORM"
STEPS = 5 + 4 * ROUNDS + ROUNDS


@dataclass
class Figures:
    """Results of the rounds, by server."""

    ours: list[LoadResult] = field(default_factory=list)
    one_query: list[LoadResult] = field(default_factory=list)
    by_orm: list[LoadResult] = field(default_factory=list)
    oscar: list[LoadResult] = field(default_factory=list)
    half_load: list[LoadResult] = field(default_factory=list)
    warm_up: list[LoadResult] = field(default_factory=list)
    cold_pages: list[int] = field(default_factory=list)
    warm_pages: list[int] = field(default_factory=list)
    sponsored: float = 0.0


class Readers:
    """Pages for the load client, each for the reader who has waited longest: nobody exhausts the wall."""

    def __init__(self, community: Community) -> None:
        self._requests = [raw_request("/", cookie=cookie) for cookie in community.cookies]

    def next(self) -> list[str]:
        """Return all pages, the next reader's first."""
        return list(self._requests)

    def served(self, result: LoadResult) -> None:
        """Go on behind those who were answered; some more were, while the servers warmed up."""
        turn = result.asked % len(self._requests)
        self._requests = self._requests[turn:] + self._requests[:turn]


def bench() -> Bench:
    """Return the bench."""
    about = f"Hot, {CARDS} cards, {READERS:,} signed-in readers, {NOTES:,} notes, {ORDERS} orders of reach"
    return Bench(name="feed", about=about, steps=STEPS, run=run)


def run(steps: Steps) -> Sequence[Row]:
    """Build the community and the shop, measure in alternating rounds, return the rows."""
    with own_postgres(steps) as engines:
        return rows_of(measure(engines, steps))


def measure(engines: RunningEngines, steps: Steps) -> Figures:
    """Run everything against engines that are up."""
    env = environment_of(engines)
    steps.start("building style sheet and static files")
    call(["meadow.cli.main", "build"], env)
    steps.start(f"writing {NOTES:,} notes")
    community = _community(env)
    steps.start("filling django-oscar")
    shop_env = _shop_environment(engines)
    call(["meadow.bench.oscar_peer.prepare", str(PRODUCTS)], env | shop_env)
    steps.start("starting the servers")
    servers = Servers(env=env, logs=engines.folder / "logs")
    ticking = Ticking()
    try:
        ours = servers.start_ours()
        one_query = servers.start_peer(
            "one-query",
            "meadow.bench.one_query:application",
            path="/",
            MEADOW_BENCH_NOTES=str(community.notes),
            MEADOW_BENCH_FIRST_NOTE=str(community.first_note_id),
        )
        oscar = servers.start_peer(
            "oscar", "meadow.bench.oscar_peer.wsgi:application", path="/catalogue/", **shop_env
        )
        readers = Readers(community)
        cold = _count(engines, ours, readers)
        ticking.begin()
        figures = _rounds(readers, steps, ours=ours, one_query=one_query, oscar=oscar)
        ticking.end()
        figures.cold_pages, figures.warm_pages = cold, _count(engines, ours, readers)
        figures.sponsored = share_sponsored()
        return figures
    finally:
        ticking.end()
        servers.stop()


def _count(engines: RunningEngines, ours: int, readers: Readers) -> list[int]:
    """Return how often each of some pages asked PostgreSQL beyond session and person."""
    with StatementLog(engines) as log:
        _hot(ours, readers, connections=1, seconds=COUNTED_SECONDS)
        return log.count().beyond


def _rounds(readers: Readers, steps: Steps, *, ours: int, one_query: int, oscar: int) -> Figures:
    figures = Figures()
    # Until every process has rendered most fragments.
    figures.warm_up.append(_hot(ours, readers, seconds=RENDER_SECONDS))
    for number in range(1, ROUNDS + 1):
        steps.start(f"one query, round {number} of {ROUNDS}")
        figures.one_query.append(_ask(one_query, [raw_request("/")]))
        steps.start(f"one query by ORM, round {number} of {ROUNDS}")
        figures.by_orm.append(_ask(one_query, [raw_request("/orm")]))
        steps.start(f"Hot, round {number} of {ROUNDS}")
        figures.ours.append(_hot(ours, readers))
        steps.start(f"django-oscar, round {number} of {ROUNDS}")
        figures.oscar.append(
            _ask(oscar, [raw_request("/catalogue/")], marker="<article", count=CARDS)
        )
    half = middle([result.per_second for result in figures.ours]) / 2
    for number in range(1, ROUNDS + 1):
        steps.start(f"Hot at half load, round {number} of {ROUNDS}")
        plan = LoadPlan(
            port=ours,
            requests=readers.next(),
            seconds=HALF_LOAD_SECONDS,
            connections=OPEN_CONNECTIONS,
            rate=half,
            warm_up=WARM_UP,
            marker="<article",
            marker_count=CARDS,
            seed=number,
        )
        figures.half_load.append(run_load(plan))
        readers.served(figures.half_load[-1])
    return figures


def _hot(port: int, readers: Readers, **how: Any) -> LoadResult:
    """Ask for full pages of Hot: one with fewer cards is a wrong answer."""
    result = _ask(port, readers.next(), marker="<article", count=CARDS, **how)
    readers.served(result)
    return result


def rows_of(figures: Figures) -> list[Row]:
    """Turn results into the rows that the budgets name."""
    fault = _fault(figures)
    hot = middle([result.per_second for result in figures.ours])
    query = middle([result.per_second for result in figures.one_query])
    shop = middle([result.per_second for result in figures.oscar])
    late = middle([result.p99_ms for result in figures.half_load])
    rate = Bound(AT_LEAST, 0.3, of_ratio=True), Bound(AT_LEAST, 0.5, of_ratio=True)
    if fault:
        return [
            Row("Hot against one SQL query", "pages/s", *rate, note=fault),
            Row(
                "Hot against a catalogue page",
                "pages/s",
                Bound(AT_LEAST, 4, of_ratio=True),
                note=fault,
            ),
            Row("p99 at half load", "ms", Bound(AT_MOST, 60), note=fault),
            Row(
                "SQL round trips beyond session and person",
                "a page",
                Bound(AT_MOST, 2),
                note=fault,
            ),
        ]
    client = max(result.client_cpu for result in figures.ours + figures.one_query)
    middle_latency = middle([result.p50_ms for result in figures.half_load])
    return [
        Row(
            "Hot against one SQL query",
            "pages/s",
            *rate,
            ours=hot,
            beside={
                ONE_QUERY: query,
                BY_ORM: middle([result.per_second for result in figures.by_orm]),
            },
            ratio=_ratio(figures.ours, figures.one_query),
            note=f"the load client used {client:.0%} of a core at most; one reader in {EVERY_OWN} has a list"
            f" of their own; nobody meets a note twice; {figures.sponsored:.0%} of the pages had a sponsored"
            f" card, of {ORDERS} orders",
        ),
        Row(
            "Hot against a catalogue page",
            "pages/s",
            Bound(AT_LEAST, 4, of_ratio=True),
            ours=hot,
            beside={OSCAR: shop},
            ratio=_ratio(figures.ours, figures.oscar),
            note=f"{PRODUCTS:,} products, {CARDS} a page, signed out",
        ),
        Row(
            "p99 at half load",
            "ms",
            Bound(AT_MOST, 60),
            ours=late,
            note=f"Poisson arrivals at {hot / 2:,.0f} pages/s; p50 {middle_latency:g} ms",
        ),
        Row(
            "SQL round trips beyond session and person",
            "a page",
            Bound(AT_MOST, 2),
            ours=max(figures.cold_pages + figures.warm_pages),
            note=f"the most of any page, from PostgreSQL's own log; on average {_mean(figures.cold_pages)}"
            f" from a cold start and {_mean(figures.warm_pages)} after the rounds",
        ),
    ]


def _mean(pages: Sequence[int]) -> str:
    return f"{sum(pages) / len(pages):.2f} ({len(pages)} pages)"


def _ratio(ours: Sequence[LoadResult], peer: Sequence[LoadResult]) -> float:
    """Return the median over the rounds: the two of one round ran within seconds of each other."""
    return middle([a.per_second / b.per_second for a, b in zip(ours, peer, strict=True)])


def _fault(figures: Figures) -> str:
    """Say why the figures may not be used, or nothing."""
    for name, results in (
        ("Hot", [*figures.warm_up, *figures.ours, *figures.half_load]),
        (ONE_QUERY, figures.one_query),
        (BY_ORM, figures.by_orm),
        (OSCAR, figures.oscar),
    ):
        for result in results:
            if result.failures or not result.answers:
                return f"{name} gave {result.failures} wrong answers: {result.first_failure[:200]}"
    if not figures.sponsored:
        return "no page had a sponsored card"
    busiest = max(result.client_cpu for result in figures.ours + figures.one_query)
    if busiest > BUSY_CLIENT:
        return f"the load client used {busiest:.0%} of a core and may be what was measured"
    return ""


def _ask(
    port: int,
    requests: list[str],
    *,
    marker: str = "",
    count: int = 0,
    connections: int = CONNECTIONS,
    seconds: float = SECONDS,
) -> LoadResult:
    plan = LoadPlan(
        port=port,
        requests=requests,
        seconds=seconds,
        connections=connections,
        warm_up=0.0 if connections == 1 else WARM_UP,
        marker=marker,
        marker_count=count,
    )
    return run_load(plan)


def _community(env: dict[str, str]) -> Community:
    """Build the community in this process, whose Django is pointed at the bench's database."""
    os.environ.update(env)
    import django

    django.setup()
    from django.core.management import call_command

    from meadow.core.clock import now

    call_command("migrate", verbosity=0)
    at = now()
    community = build_community(notes=NOTES, now=at)
    place_orders(notes=NOTES, first_note_id=community.first_note_id, now=at)
    return community


def _shop_environment(engines: RunningEngines) -> dict[str, str]:
    """Make the shop's database on the same server, and say where it is."""
    import psycopg

    ours = engines.env["DATABASE_URL"]
    with psycopg.connect(ours, autocommit=True) as connection:
        connection.execute("CREATE DATABASE oscar")
    media = engines.folder / "oscar"
    media.mkdir()
    return {
        "OSCAR_DATABASE_URL": ours.replace("/meadow?", "/oscar?", 1),
        "OSCAR_MEDIA_ROOT": str(media),
    }
