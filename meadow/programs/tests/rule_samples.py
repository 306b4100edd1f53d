"""Rules for tests: the Creator Center's default, and random ones with a naive reading of them."""

from typing import Any

from hypothesis import strategies as st

from meadow.programs.rules import OPERATORS, Criterion, Group, Rule

DEFAULT: dict[str, Any] = {
    "all": [
        {
            "key": "followers",
            "metric": "followers",
            "operator": ">",
            "threshold": 5000,
            "params": {},
        },
        {
            "key": "notes",
            "metric": "notes_with_reads",
            "operator": ">",
            "threshold": 10,
            "params": {
                "within_days": 180,
                "reads_at_least": 2000,
                "topic": "",
                "type": "",
                "provenance": "organic",
            },
        },
    ]
}
# Thresholds and values lie close together, so that every edge is met often.
SMALL = st.integers(min_value=-3, max_value=6)


def criterion(key: str, operator: str, threshold: int, metric: str = "followers") -> Criterion:
    return Criterion(key=key, metric=metric, operator=operator, threshold=threshold)  # type: ignore[arg-type]


@st.composite
def rules(draw: st.DrawFn, *, least: int = -3) -> Rule:
    """Return a rule of up to 12 criteria in groups up to four deep; keys are c0, c1, …"""
    numbers = iter(range(12))

    def group(depth: int) -> Group:
        members: list[Criterion | Group] = []
        for _place in range(draw(st.integers(1, 3))):
            if depth < 4 and draw(st.integers(0, 3)) == 0:
                members.append(group(depth + 1))
                continue
            number = next(numbers, None)
            if number is None:
                break
            members.append(
                Criterion(
                    key=f"c{number}",
                    metric=draw(st.sampled_from(["followers", "following"])),
                    operator=draw(st.sampled_from(OPERATORS)),
                    threshold=draw(st.integers(least, 6)),
                )
            )
        if not members:
            members.append(criterion("last_one" + str(depth), ">", 0))
        kind = draw(st.sampled_from(["all", "any", "at_least"]))
        k = draw(st.integers(1, len(members))) if kind == "at_least" else None
        return Group(kind=kind, members=tuple(members), k=k)  # type: ignore[arg-type]

    return Rule(root=group(1))


def naive(data: Any, values: dict[str, int]) -> bool:
    """Return whether the JSON of a rule is met, as simply as it can be said."""
    if "all" in data:
        return all(naive(one, values) for one in data["all"])
    if "any" in data:
        return any(naive(one, values) for one in data["any"])
    if "at_least" in data:
        needed: int = data["at_least"]
        return sum(naive(one, values) for one in data["of"]) >= needed
    return bool(eval(f"{values[data['key']]} {data['operator']} {data['threshold']}"))  # noqa: S307
