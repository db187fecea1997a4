"""Lists kept on their way from a server: written as exchange files are, whatever the cells hold, and gone afterwards."""

import os
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from cohorts.sources import spool
from cohorts.sources.spool import SpooledExtract, private_folder, text_of

ROW = ["2026", "O", "libellé"]


def kept(folder: Path, *rows: list[str]) -> list[list[str]]:
    """The rows as they are read back."""
    extract = SpooledExtract("test", "", datetime.now(UTC), folder)
    assert extract.keep("annees", rows, lambda *_: None) == len(rows)
    [info] = extract.lists()
    reading = extract.read(info)
    return [list(cells) for _, columns in reading.blocks() for cells in zip(*columns, strict=True)]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("a;b", "a;b"),
        ('a"b', 'a"b'),
        ("a\nb", "a b"),
        ("a\r\nb", "a  b"),
        ("a\0b", "a\x01b"),
        ("", ""),
        ("名前", "名前"),
    ],
)
def test_a_cell_is_read_back_on_its_line(tmp_path: Path, cell: str, read: str) -> None:
    assert kept(tmp_path, ROW, ["2026", "O", cell], ROW) == [ROW, ["2026", "O", read], ROW]


@given(st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=3), min_size=1, max_size=6))
def test_each_row_is_one_line_whatever_it_holds(rows: list[list[str]]) -> None:
    assert text_of(rows).count("\n") == len(rows)


def test_no_row_is_a_list_with_its_header_alone(tmp_path: Path) -> None:
    assert kept(tmp_path) == []


def read_badly() -> None:
    with private_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        raise RuntimeError("cut")


def test_the_folder_is_private_and_goes_even_when_reading_fails(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with pytest.raises(RuntimeError, match="cut"):
        read_badly()
    assert list((tmp_path / "readings").iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_what_another_one_reads_is_not(
    settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    left, live = (tmp_path / "readings" / f"{spool.PREFIX}{name}" for name in ("left", "live"))
    for folder in (left, live):
        folder.mkdir(parents=True)
    long_ago = time.time() - 2 * spool.ABANDONED
    os.utime(left, (long_ago, long_ago))
    with private_folder():
        assert (left.exists(), live.exists()) == (False, True)
