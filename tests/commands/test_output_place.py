"""A command never replaces a file that it reads."""

import os

import pytest

from tinyae.commands.output_place import check_place


@pytest.mark.parametrize("name", ["x.csv", "sub/../x.csv", "link.csv", "hard.csv"])
def test_a_file_that_is_read_is_not_replaced(name, tmp_path):
    (tmp_path / "sub").mkdir()
    source = tmp_path / "x.csv"
    source.write_text("1\n")
    os.link(source, tmp_path / "hard.csv")
    (tmp_path / "link.csv").symlink_to(source)
    with pytest.raises(ValueError, match="--out would replace .*x.csv, which is read"):
        check_place(tmp_path / name, tmp_path / "gone", source)
    check_place(tmp_path / "new.csv", source, tmp_path / "gone")
    (tmp_path / "y.csv").write_text("")
    check_place(tmp_path / "y.csv", source)


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="for --out does not exist; create it first"):
        check_place(tmp_path / "gone" / "x.csv")
    with pytest.raises(PermissionError, match="cannot be written to; choose another --out"):
        check_place(tmp_path)
