"""Uploaded lists hold digests alone; a look-alike finds the taste of its list, and not the list."""

import hashlib

import numpy as np
import pytest

from meadow.promotion.audiences.errors import AudienceInvalid, SeedTooSmall
from meadow.promotion.audiences.lookalike import Counts, centroid_likeness, find_look_alike
from meadow.promotion.audiences.uploads import read_digests

PEOPLE, GROUPS, TOPICS = 12_000, 6, 24


@pytest.fixture(scope="module")
def tastes() -> tuple[np.ndarray, Counts]:
    """A hidden group each, and what its people opened: noisy, and few of it for most."""
    chance = np.random.default_rng(20261123)
    centres = chance.dirichlet(np.full(TOPICS, 0.25), GROUPS)
    groups = chance.integers(0, GROUPS, PEOPLE)
    taste = chance.gamma(np.maximum(centres[groups] * 12, 1e-3))
    taste /= taste.sum(axis=1, keepdims=True)
    opens = chance.poisson(chance.gamma(1.0, 20.0, PEOPLE))
    return groups, chance.multinomial(opens, taste).astype(np.float32)


@pytest.mark.parametrize("wanted", [(0,), (0, 1)])
def test_a_look_alike_finds_the_group_better_than_the_mean_taste(
    tastes: tuple[np.ndarray, Counts], wanted: tuple[int, ...]
) -> None:
    groups, taste = tastes
    of_group = np.isin(groups, wanted)
    seed = np.flatnonzero(of_group & (taste.sum(axis=1) > 0))[:500].astype(np.uint32)
    people = np.arange(PEOPLE, dtype=np.uint32)

    def find() -> np.ndarray:
        return find_look_alike(people=people, taste=taste, seed=seed, percent=10, random_seed=1)

    found = find()

    assert len(found) == PEOPLE // 10
    assert not np.isin(found, seed).any()
    assert of_group[found].mean() > 0.85
    likeness = centroid_likeness(taste, taste[seed])
    likeness[seed] = -1
    nearest = np.argsort(-likeness)[: len(found)]
    assert of_group[found].mean() > of_group[nearest].mean()
    assert (taste[found].sum(axis=1) > 0).all()
    assert (found == find()).all()


def test_a_list_of_few_is_no_seed(tastes: tuple[np.ndarray, Counts]) -> None:
    people = np.arange(PEOPLE, dtype=np.uint32)

    with pytest.raises(SeedTooSmall):
        find_look_alike(people=people, taste=tastes[1], seed=people[:299], percent=1, random_seed=1)


def test_a_list_is_read_once_a_digest_and_refuses_an_address_in_the_clear() -> None:
    one, other = (hashlib.sha256(name.encode()) for name in ("a@example.com", "b@example.com"))

    found = read_digests([f"{one.hexdigest()}\n", "", other.hexdigest().upper(), one.hexdigest()])

    assert found == {one.digest(), other.digest()}
    with pytest.raises(AudienceInvalid, match="line 2"):
        read_digests([one.hexdigest(), "a@example.com"])
