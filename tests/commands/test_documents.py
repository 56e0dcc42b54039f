"""Documents: words, vocabulary and counts."""

import numpy as np
import pytest

from tinyae.commands import documents
from tinyae.commands.documents import DocumentRows, vocabulary, words_of


def written(folder, *lines):
    path = folder / "texts.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_words():
    assert words_of("Don't go, go to Caf\u00e9 42b!") == ["don't", "go", "go", "to", "caf\u00e9"]
    assert words_of("snake_case a 1984 x2") == ["snake", "case"]
    assert words_of("") == []


def test_the_vocabulary_is_in_many_documents_but_not_in_most(tmp_path):
    path = written(tmp_path, "the cat sat", "the cat ran ran ran", "the dog sat", "the dog slept",
                   "the cow slept", "the sat slept")  # fmt: skip
    assert vocabulary(path, 10) == ["cat", "dog", "sat", "slept"]
    assert vocabulary(path, 2) == ["sat", "slept"]
    assert vocabulary(path, 3) == ["cat", "sat", "slept"]  # equal numbers by the alphabet
    with pytest.raises(ValueError, match="3 documents and no word"):
        vocabulary(written(tmp_path, "one", "two", "three"), 10)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        vocabulary(tmp_path / "gone.txt", 10)


def test_rare_words_are_forgotten_where_there_are_too_many(tmp_path, monkeypatch):
    """Memory is bounded; words that occur again and again are found all the same."""
    monkeypatch.setattr(documents, "MOST_COUNTED", 8)
    lines = [f"{chr(97 + i) * 3} {chr(97 + i) * 4} {'often' if i % 3 == 0 else ''}"
             for i in range(26)]  # fmt: skip
    assert vocabulary(written(tmp_path, "often", *lines), 10) == ["often"]


@pytest.mark.parametrize("block", [1, 2, 100])
def test_counts(block, tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "rows_in_block", lambda width: block)
    path = written(tmp_path, "Cat, cat; dog", "", "cow", "dog dog dog cat", "")
    source = DocumentRows(path, ("cat", "dog"))
    for _ in range(2):  # as often as needed
        found = np.concatenate(list(source.blocks()))
        assert np.array_equal(found, [[2, 1], [0, 0], [0, 0], [1, 3]])
        assert found.dtype == np.float32 and source.without == [1, 2] and source.width == 2
    for text in ("", "\n \n"):
        path.write_text(text)
        with pytest.raises(ValueError, match="is empty"):
            list(source.blocks())
