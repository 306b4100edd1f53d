"""The tree over a batch: the roots of RFC 6962, and paths that lead from a leaf to its own root alone."""

import pytest

from meadow.decisions import merkle


def test_the_tree_is_that_of_rfc_6962() -> None:
    # The test vectors of the Certificate Transparency sources (merkle_tree_test, 8 leaves).
    leaves = [
        bytes.fromhex(text)
        for text in (
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        )
    ]
    hashes = [merkle.hash_leaf(leaf) for leaf in leaves]

    assert [merkle.root_of(hashes[:size]).hex() for size in (1, 2, 3, 5, 8)] == [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 255, 256, 257, 512, 513, 700])
def test_every_leaf_s_path_leads_to_the_root_and_to_no_other(size: int) -> None:
    leaves = [merkle.hash_leaf(str(row).encode()) for row in range(size)]
    chunks = merkle.chunk_hashes(leaves)
    root = merkle.root_of(leaves)

    assert merkle.root_of(chunks) == root
    for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        start = index // merkle.CHUNK * merkle.CHUNK
        path = merkle.path_of(leaves[start : start + merkle.CHUNK], index - start)
        path += merkle.path_of(chunks, index // merkle.CHUNK)
        assert path == merkle.path_of(leaves, index)
        assert merkle.root_by_path(leaves[index], index=index, size=size, path=path) == root
        wrong = index + 1 if index + 1 < size else index - 1
        assert merkle.root_by_path(leaves[index], index=wrong, size=size, path=path) != root
        assert (
            merkle.root_by_path(leaves[index], index=index, size=size, path=[*path, root]) is None
        )
        if path:
            short = path[:-1]
            assert merkle.root_by_path(leaves[index], index=index, size=size, path=short) is None
