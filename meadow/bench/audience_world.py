"""Made people for `meadow bench audience`: the same in every process, a lot at a time, and the questions."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.promotion.audiences.definition import (
    AGE_BANDS,
    GENDERS,
    Definition,
    Not,
    Part,
    Term,
    from_json,
)

LOT: Final = 1_000_000
QUESTIONS: Final = 200
# Shares roughly as large communities have them; regions and interests fall off as a power.
AGES: Final = (0.30, 0.30, 0.20, 0.12, 0.08)
SEXES: Final = (0.60, 0.37, 0.03)
MAY_BE_TARGETED: Final = 0.85
REGIONS: Final = (
    *("CN", "US", "JP", "DE", "FR", "GB", "IN", "BR", "CA", "KR", "AU", "IT", "ES", "MX", "ID"),
    *("NL", "TR", "SA", "CH", "PL", "SE", "BE", "TH", "AR", "NO", "AT", "AE", "IL", "IE", "DK"),
    *("SG", "MY", "HK", "TW", "PH", "VN", "BD", "EG", "ZA", "FI", "CL", "RO", "CZ", "PT", "NZ"),
    *("PE", "GR", "QA", "DZ", "HU", "KW", "MA", "UA", "EC", "KE", "DO", "ET", "PR", "GT", "OM"),
)
INTERESTS: Final = 30
INTERESTS_EACH: Final = 3.0

Column = NDArray[Any]


def interest(number: int) -> str:
    """Return the topic with this number."""
    return f"topic{number}"


def lots(people: int) -> Iterator[dict[str, Column]]:
    """Yield everybody's columns, LOT people at a time: small numbers, interests as the bits of one."""
    falling = 1 / np.arange(1, len(REGIONS) + 1) ** 1.1
    liked = 1 / np.arange(1, INTERESTS + 1) ** 0.7
    liked *= INTERESTS_EACH / liked.sum()
    for lot in range(0, people, LOT):
        chance = np.random.default_rng((20261123, lot))
        count = min(LOT, people - lot)
        bits = np.zeros(count, dtype=np.int32)
        for number, share in enumerate(liked):
            bits |= (chance.random(count, dtype=np.float32) < share).astype(np.int32) << number
        yield {
            "may": (chance.random(count, dtype=np.float32) < MAY_BE_TARGETED).astype(np.int16),
            "age": chance.choice(len(AGES), count, p=AGES).astype(np.int16),
            "gender": chance.choice(len(SEXES), count, p=SEXES).astype(np.int16),
            "region": chance.choice(len(REGIONS), count, p=falling / falling.sum()).astype(
                np.int16
            ),
            "interest": bits,
        }


def questions() -> list[Definition]:
    """Return what is asked: all four dimensions each time, joined by all, any and not."""
    chance = np.random.default_rng(7)

    def some(dimension: str, values: tuple[str, ...], most: int) -> dict[str, Any]:
        count = int(chance.integers(1, most + 1))
        drawn = chance.choice(len(values), count, replace=False)
        return {"in": dimension, "values": [values[place] for place in drawn]}

    topics = tuple(interest(number) for number in range(INTERESTS))
    found = []
    for number in range(QUESTIONS):
        age, gender = some("age", AGE_BANDS, 3), some("gender", GENDERS, 2)
        region, topic = some("region", REGIONS, 8), some("interest", topics, 5)
        shapes: tuple[dict[str, Any], ...] = (
            {"all": [age, gender, region, topic]},
            {"any": [{"all": [age, gender]}, {"all": [region, topic]}]},
            {"all": [{"any": [age, region]}, {"any": [gender, topic]}]},
            {"all": [age, gender, {"any": [region, topic]}, {"not": some("interest", topics, 2)}]},
        )
        found.append(from_json(shapes[number % len(shapes)]))
    return found


def to_sql(definition: Definition) -> str:
    """Return a question as a condition that both chDB and PostgreSQL take."""
    return f"may = 1 AND {_sql(definition.root)}"


def _sql(part: Part) -> str:
    if isinstance(part, Not):
        return f"NOT {_sql(part.member)}"
    if not isinstance(part, Term):
        return "(" + (" AND " if part.kind == "all" else " OR ").join(map(_sql, part.members)) + ")"
    if part.dimension == "interest":
        mask = sum(1 << int(value.removeprefix("topic")) for value in part.values)
        return f"(bit_and(interest, {mask}) <> 0)"
    names = {"age": AGE_BANDS, "gender": GENDERS, "region": REGIONS}[part.dimension]
    codes = ", ".join(str(names.index(value)) for value in part.values)
    return f"{part.dimension} IN ({codes})"
