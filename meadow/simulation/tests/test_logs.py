"""Reading logs: both formats, numbered as they stand, faults named by line."""

from pathlib import Path

import pytest

from meadow.simulation.errors import LogUnreadable
from meadow.simulation.logs import read_log
from meadow.simulation.replay import source_name


def write(folder: Path, text: str) -> Path:
    file = folder / "log.txt"
    file.write_text(text)
    return file


def test_a_person_a_line(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, "7 1 2 1\n\n9 2\n"))

    assert (log.people, log.items) == (["7", "9"], ["1", "2"])
    assert log.person.tolist() == [0, 0, 0, 1]
    assert log.item.tolist() == [0, 1, 0, 1]
    assert log.place.tolist() == [0, 1, 2, 0]
    assert log.interactions == 4


def test_person_item_and_weight(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, "7\t1\t993\n9\t1\t5\n7\t2\t1\n"))

    assert (log.people, log.items) == (["7", "9"], ["1", "2"])
    assert log.person.tolist() == [0, 1, 0]
    assert log.item.tolist() == [0, 0, 1]
    assert log.place.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 2\n3\n", "Line 2 of log.txt is not an interaction log: a person without items."),
        ("1\t2\n", "Line 1 of log.txt is not an interaction log: not three columns."),
        ("1 a;b\n", "Line 1 of log.txt is not an interaction log: not plain numbers or names."),
        ("", "Line 1 of log.txt is not an interaction log: nothing in it."),
    ],
)
def test_a_fault_is_named_by_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(LogUnreadable) as refused:
        read_log(write(tmp_path, text))

    assert refused.value.text() == sentence


def test_a_log_is_called_after_its_folder_and_itself() -> None:
    assert source_name(Path("/data/Beauty/sequences.txt")) == "replay.beauty-sequences"
    assert len(source_name(Path(f"/data/{'x' * 60}/y.txt"))) == 40
