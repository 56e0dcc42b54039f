"""`python -m tinyae hash` and `search` on small files, with all that can be wrong in them."""

import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tinyae.__main__ import main
from tinyae.applications.semantic_hash import SemanticHash
from tinyae.commands.progress import progress
from tinyae.commands.search_index import SearchIndex
from tinyae.training import DivergenceError, History

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["--hidden", "32", "--epochs", "15", "--bits", "12"]


def clusters(n=400, d=10, k=8):
    rng = np.random.default_rng(3)
    y = rng.integers(k, size=n)
    return 3 * rng.normal(size=(k, d))[y] + 0.3 * rng.normal(size=(n, d)), y


X, Y = clusters()


@pytest.fixture(scope="module")
def hashed(tmp_path_factory):
    """A folder with rows.csv, its codes, and three queries."""
    folder = tmp_path_factory.mktemp("hashed")
    np.savetxt(folder / "rows.csv", X, delimiter=",", header=",".join("abcdefghij"))
    np.save(folder / "queries.npy", X[:3])
    assert main(["hash", str(folder / "rows.csv"), "--out", str(folder / "codes"), *QUICK]) == 0
    return folder


def run(*arguments):
    return main([str(a) for a in arguments])


def error(capsys, *arguments):
    """Run a command that must fail; return its one line on standard error."""
    assert run(*arguments) == 2
    out = capsys.readouterr()
    assert out.out == "" and out.err.startswith("python -m tinyae: ") and out.err.count("\n") == 1
    return out.err


def test_hash_says_what_it_did(tmp_path, capsys):
    np.save(tmp_path / "x.npy", X)
    assert run("hash", tmp_path / "x.npy", "--out", tmp_path / "codes.npz", *QUICK) == 0
    text = capsys.readouterr().out
    assert "read 400 rows of 10 numbers in " in text
    assert "trained on 400 rows (real): 15 epochs in" in text
    assert "codes of 12 bits: " in text and " different ones for 400 rows; a bit is 1 in " in text
    assert f"wrote {tmp_path / 'codes.npz'} (" in text and "warning" not in text
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["codes.npz", "x.npy"]
    codes = SearchIndex.load(tmp_path / "codes.npz")
    coder = SemanticHash(12, hidden=(32,), epochs=15).fit(X)
    assert np.array_equal(codes.encoder.transform(X), coder.transform(X)), "as in Python"


def test_similar_rows_are_found(hashed, capsys):
    assert run("search", hashed / "codes.npz", hashed / "rows.csv", "--nearest", 10) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "query,row,distance"
    query, row, _ = np.array([line.split(",") for line in lines[1:]], int).T
    assert len(query) == 4000
    found = (Y[query] == Y[row]).mean()
    assert found > 0.95
    assert (np.random.default_rng(0).permutation(Y)[query] == Y[row]).mean() < 0.2
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    exact = np.argsort(((z[:, None] - z) ** 2).sum(axis=2), axis=1)[:, :40]
    assert (exact[query] == row[:, None]).any(axis=1).mean() > 0.8, "a tenth by chance"


def test_a_few_queries_make_a_table(hashed, capsys):
    assert run("search", hashed / "codes.npz", hashed / "queries.npy", "--radius", 1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("rows of 400 within 1 of 12 bits, each with its distance")
    index = SearchIndex.load(hashed / "codes.npz")
    found = index.lookup(X[:3], 1)
    assert len(lines) == 4
    for query, line in enumerate(lines[1:]):
        own = found[found[:, 0] == query]
        shown = "  ".join(f"{row} ({distance})" for _, row, distance in own[:10])
        assert line == f"query {query}: {shown}  and {len(own) - 10} more"
    assert run("search", hashed / "codes.npz", hashed / "queries.npy", "--nearest", 2) == 0
    assert capsys.readouterr().out.startswith("the 2 nearest of 400 rows, each with")
    np.save(hashed / "far.npy", 50 * np.random.default_rng(2).normal(size=(20, 10)))
    assert run("search", hashed / "codes.npz", hashed / "far.npy", "--radius", 0) == 0
    assert ": none\n" in capsys.readouterr().out


@pytest.mark.parametrize("queries", [1, 4096])
def test_matches_are_written_to_a_file(queries, hashed, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tinyae.commands.search_command.QUERIES", queries)
    command = ["search", hashed / "codes", hashed / "queries.npy", "--radius", 3]
    assert run(*command, "--out", tmp_path / "m.csv") == 0
    wanted = SearchIndex.load(hashed / "codes.npz").lookup(X[:3], 3)
    said = f"wrote {len(wanted)} matches of 3 queries to {tmp_path / 'm.csv'}\n"
    assert capsys.readouterr().out == said
    assert run(*command, "--out", tmp_path / "m.npy") == 0
    assert np.array_equal(np.load(tmp_path / "m.npy"), wanted)
    text = (tmp_path / "m.csv").read_text()
    assert text.startswith("query,row,distance\n")
    assert np.array_equal(np.loadtxt(text.splitlines()[1:], int, delimiter=","), wanted)


def test_training_on_some_of_the_rows(hashed, tmp_path, capsys):
    """All rows get a code, by a second reading of the file."""
    command = ["hash", hashed / "rows.csv", "--out", tmp_path / "codes.npz", *QUICK]
    assert run(*command, "--train-rows", 100) == 0
    text = capsys.readouterr().out
    assert "read 400 rows" in text and "trained on 100 rows" in text
    index = SearchIndex.load(tmp_path / "codes.npz")
    assert len(index) == 400
    wanted = np.packbits(index.encoder.transform(X), axis=1)
    assert np.array_equal(index.packed, wanted)


def test_columns_counts_and_names_that_are_numbers(tmp_path, capsys):
    counts = np.random.default_rng(0).poisson(1.0, (50, 3))
    lines = [f"row {i},{a},{b},{c}" for i, (a, b, c) in enumerate(counts.tolist())]
    (tmp_path / "x.csv").write_text("\n".join(["0,1,2,3", *lines]))
    out = tmp_path / "codes.npz"
    command = ["hash", tmp_path / "x.csv", "--out", out, "--counts", "--header", *QUICK]
    assert "has 50 bad lines of 50: line 2 has 'row 0' in column 1" in error(capsys, *command)
    assert run(*command, "--skip", 1) == 0
    assert "trained on 50 rows (counts)" in capsys.readouterr().out
    assert SearchIndex.load(out).encoder.scaling.kind == "counts"
    # queries are read alike, unless another number of columns is asked for
    (tmp_path / "q.csv").write_text("query 0,1,0,2\n")
    np.save(tmp_path / "q.npy", counts[:2])
    assert run("search", out, tmp_path / "q.csv") == 0
    assert run("search", out, tmp_path / "q.npy", "--skip", 0) == 0
    capsys.readouterr()
    assert "has 2 numbers in a row, but" in error(capsys, "search", out, tmp_path / "q.npy")
    (tmp_path / "q.csv").write_text("query 0,1,0.5,2\n")
    said = error(capsys, "search", out, tmp_path / "q.csv")
    assert "line 1 holds 0.5 in column 3, expected a count" in said


@pytest.mark.slow
def test_documents(tmp_path, capsys):
    """Texts on two subjects: queries find texts on their own."""
    rng = np.random.default_rng(0)
    subjects = ("cat dog horse cow goat sheep".split(), "sun moon star planet comet orbit".split())
    kinds = rng.integers(2, size=200)
    texts = [" ".join(rng.choice(subjects[kind], 8)) for kind in kinds]
    (tmp_path / "texts.txt").write_text("\n".join([*texts, "1234"]))
    out = tmp_path / "codes.npz"
    command = ["hash", tmp_path / "texts.txt", "--documents", "--words", 11, "--out", out]
    assert run(*command, "--hidden", 32, "--bits", 12) == 0
    text = capsys.readouterr().out
    assert "read 201 rows of 11 word counts" in text
    assert "1 of the documents have none of the 11 words" in text
    index = SearchIndex.load(out)
    assert len(index.reading.words) == 11 and index.encoder.scaling.kind == "counts"
    (tmp_path / "queries.txt").write_text("A horse, a dog and a COW.\nthe moon; a star\n")
    assert run("search", out, tmp_path / "queries.txt", "--nearest", 20,
               "--out", tmp_path / "m.npy") == 0  # fmt: skip
    query, row, _ = np.load(tmp_path / "m.npy").T
    assert (np.append(kinds, -1)[row] == query).mean() > 0.9


def test_documents_without_a_known_word(tmp_path, capsys):
    out = tmp_path / "codes.npz"
    texts = ["cat dog", "cat cow", "sun moon", "sun star moon", "dog cow", "star"] * 5
    (tmp_path / "texts.txt").write_text("\n".join(texts))
    command = ["hash", tmp_path / "texts.txt", "--documents", "--out", out, *QUICK]
    assert run(*command) == 0
    capsys.readouterr()
    (tmp_path / "q.txt").write_text("cat\nnothing of it\n\ndog\n")
    assert run("search", out, tmp_path / "q.txt", "--nearest", 1) == 0
    said = "2 of the queries have none of the 6 words, so that their matches say nothing: 1, 2\n"
    assert capsys.readouterr().err == said
    (tmp_path / "q.txt").write_text(" \n\n")
    assert "q.txt is empty" in error(capsys, "search", out, tmp_path / "q.txt")
    for option in (["--skip", 1], ["--header"]):
        assert "documents have no columns" in error(capsys, *command, *option)
        said = error(capsys, "search", out, tmp_path / "texts.txt", *option)
        assert "documents have no columns; leave out --skip and --header" in said
    np.save(tmp_path / "x.npy", X)
    said = error(capsys, "hash", tmp_path / "x.npy", "--words", 10, "--out", out)
    assert "--words is for --documents only" in said


def test_all_rows_decide_the_kind(tmp_path, capsys):
    """Not only those that were drawn for the training."""
    for rows, kind in ((np.random.default_rng(0).random((400, 3)), "real"),
                       (np.random.default_rng(0).integers(0, 2, (400, 3)), "bytes")):  # fmt: skip
        x = rows if kind == "real" else rows.astype(np.uint8)
        x[399, 1] = 1.5 if kind == "real" else 200
        np.save(tmp_path / "x.npy", x)
        command = ["hash", tmp_path / "x.npy", "--out", tmp_path / "codes.npz", *QUICK]
        assert run(*command, "--train-rows", 20) == 0
        assert f"trained on 20 rows ({kind})" in capsys.readouterr().out
        assert len(SearchIndex.load(tmp_path / "codes.npz")) == 400


def test_numbers_of_another_kind_are_named_by_their_line(tmp_path, capsys):
    np.savetxt(tmp_path / "x.csv", np.random.default_rng(0).random((50, 2)), delimiter=",")
    (tmp_path / "y.csv").write_text("a,b\n0,1\n0.5,1e308\n")
    out = tmp_path / "codes.npz"
    said = error(capsys, "hash", tmp_path / "y.csv", "--out", out)
    assert "line 3 holds 1e+308 in column 2, expected a number of at most 1e+154" in said
    for kind, most in (("unit", 1), ("bytes", 255)):
        said = error(capsys, "hash", tmp_path / "y.csv", "--out", out, "--kind", kind)
        assert f"line 3 holds 1e+308 in column 2, expected a number from 0 to {most}" in said
    assert not out.exists()
    assert run("hash", tmp_path / "x.csv", "--out", out, *QUICK) == 0
    capsys.readouterr()
    (tmp_path / "q.csv").write_text("0,1\n0.5,1.5\n")
    said = error(capsys, "search", out, tmp_path / "q.csv")
    assert "q.csv has 1 bad line of 2: line 2 holds 1.5 in column 2, expected" in said


def test_a_column_whose_squares_underflow_is_hashed_and_searched(tmp_path):
    x = X.copy()
    x[:, 2] = 0.0
    x[7, 2] = 1e-165
    np.save(tmp_path / "x.npy", x)
    assert run("hash", tmp_path / "x.npy", "--out", tmp_path / "codes.npz", *QUICK) == 0
    assert run("search", tmp_path / "codes.npz", tmp_path / "x.npy", "--radius", 0) == 0


@pytest.mark.one_in(9)
@pytest.mark.parametrize("out", [None, "m.csv", "m.NPY"])
@pytest.mark.parametrize("asked", [["--nearest", 40], ["--radius", 12], ["--radius", 2]])
def test_matches_in_memory_are_bounded(asked, out, hashed, tmp_path, capsys, monkeypatch):
    """However many there are, and the answers are the same."""
    files = [hashed / "codes.npz", tmp_path / "q.npy"]
    np.save(tmp_path / "q.npy", X[:18])
    command = ["search", *files, *asked, *([] if out is None else ["--out", tmp_path / out])]

    def answer():
        assert run(*command) == 0
        data = b"" if out is None else (tmp_path / out).read_bytes()
        return capsys.readouterr().out, data

    whole, sizes = answer(), []
    for name in ("lookup_codes", "nearest_codes"):
        found = getattr(SearchIndex, name)

        def noted(self, codes, most, found=found):
            matches = found(self, codes, most)
            sizes.append(len(matches))
            return matches

        monkeypatch.setattr(SearchIndex, name, noted)
    for most, blocks in ((50, 18), (1000, 5)):
        sizes.clear()
        monkeypatch.setattr("tinyae.commands.search_command.MATCHES", most)
        assert answer() == whole
        assert max(sizes) <= max(most, 400) and len(sizes) <= blocks + 4
    if out == "m.NPY":
        assert len(np.load(tmp_path / out)) == sum(sizes)


def test_a_file_that_is_read_is_not_replaced(hashed, tmp_path, capsys):
    for name in ("rows.csv", "codes.npz"):
        (tmp_path / name).write_bytes((hashed / name).read_bytes())
    queries, codes = tmp_path / "rows.csv", tmp_path / "codes.npz"
    before = queries.read_bytes()
    assert "would replace" in error(capsys, "search", codes, queries, "--out", queries)
    assert queries.read_bytes() == before
    (tmp_path / "x.npz").write_text("cat dog\ncat dog\n")
    said = error(capsys, "hash", tmp_path / "x.npz", "--documents", "--out", tmp_path / "x")
    assert "which is read; choose another --out" in said
    np.save(tmp_path / "q.npy", X[:3])
    (tmp_path / "codes.csv.npz").write_bytes(codes.read_bytes())
    (tmp_path / "codes.csv").symlink_to(tmp_path / "codes.csv.npz")
    said = error(capsys, "search", tmp_path / "codes.csv", tmp_path / "q.npy",
                 "--out", tmp_path / "codes.csv")  # fmt: skip
    assert "would replace" in said


def test_the_line_of_names_is_told(hashed, tmp_path, capsys):
    command = ["hash", hashed / "rows.csv", "--out", tmp_path / "x.npz", *QUICK]
    assert run(*command) == 0
    assert f"line 1 of {hashed / 'rows.csv'} names the columns\n" in capsys.readouterr().out
    assert run("search", tmp_path / "x.npz", hashed / "rows.csv", "--nearest", 1) == 0
    captured = capsys.readouterr()
    assert captured.err == f"line 1 of {hashed / 'rows.csv'} names the columns\n"
    np.save(tmp_path / "q.npy", X)
    assert run("search", tmp_path / "x.npz", tmp_path / "q.npy", "--nearest", 1) == 0
    assert capsys.readouterr() == (captured.out, "")


def test_what_is_wrong_with_a_file_is_one_sentence(hashed, tmp_path, capsys):
    out = tmp_path / "codes.npz"
    lines = (hashed / "rows.csv").read_text().splitlines()
    lines[56] = lines[56].replace(",", ",x", 1)
    lines[99] = lines[99].rpartition(",")[0]
    lines[199] = ""
    lines[299] = lines[299].rpartition(",")[0] + ",nan"
    (tmp_path / "bad.csv").write_text("\n".join(lines))
    said = error(capsys, "hash", tmp_path / "bad.csv", "--out", out)
    assert "has 4 bad lines of 400: line 57 has 'x" in said and "in column 2, expected" in said
    assert "; line 100 has 9 fields, expected 10; line 200 is empty; line 300 holds nan" in said
    assert "there is no file" in error(capsys, "hash", tmp_path / "gone.csv", "--out", out)
    assert "is a folder" in error(capsys, "hash", tmp_path, "--documents", "--out", out)
    (tmp_path / "x.xlsx").write_text("")
    assert "judging by the end of its name" in error(
        capsys, "hash", tmp_path / "x.xlsx", "--out", out
    )
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["bad.csv", "x.xlsx"]


def test_wrong_options_are_refused_before_any_work(hashed, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tinyae.commands.text_rows.TextRows.blocks", None)
    rows, out = hashed / "rows.csv", tmp_path / "x.npz"
    assert "bits must be at least 1" in error(capsys, "hash", rows, "--out", out, "--bits", 0)
    assert "sigma must be" in error(capsys, "hash", rows, "--out", out, "--sigma", -1)
    said = error(capsys, "hash", rows, "--out", out, "--counts", "--kind", "real")
    assert "--kind real is not for counts of words" in said
    assert "--skip must be at least 0" in error(capsys, "hash", rows, "--out", out, "--skip", -1)
    assert "--train-rows must be" in error(capsys, "hash", rows, "--out", out, "--train-rows", 0)
    texts = ["hash", rows, "--documents", "--out", out]
    assert "--words must be at least 1" in error(capsys, *texts, "--words", 0)
    said = error(capsys, "hash", rows, "--out", tmp_path / "gone" / "x.npz")
    assert "for --out does not exist" in said
    (tmp_path / "folder.npz").mkdir()
    assert "cannot be written" in error(capsys, "hash", rows, "--out", tmp_path / "folder.npz")
    said = error(capsys, "hash", rows, "--out", out, "--epochs", -1)
    assert "epochs must be at least 1" in said
    command = ["search", hashed / "codes.npz", rows]
    assert "--skip must be at least 0" in error(capsys, *command, "--skip", -1)
    said = error(capsys, *command, "--out", tmp_path / "gone" / "m.csv")
    assert "for --out does not exist" in said
    assert "--radius must be from 0 to 12" in error(capsys, *command, "--radius", 13)
    assert "--nearest must be from 1 to 400" in error(capsys, *command, "--nearest", 401)
    assert "must end in .csv or .npy" in error(capsys, *command, "--out", "x.txt")
    assert "there is no hash file" in error(capsys, "search", tmp_path / "gone.npz", rows)
    np.savez(tmp_path / "other.npz", np.ones(3))
    said = error(capsys, "search", tmp_path / "other.npz", rows)
    assert "is not a whole tinyae hash file" in said
    for wrong in (["hash", rows], [*command, "--radius", 1, "--nearest", 2], ["hash", rows, "--out",
                  out, "--hidden", "many"]):  # fmt: skip
        with pytest.raises(SystemExit):
            run(*wrong)
    assert "expected widths from 1 with commas between them" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["hash", "search"])
def test_help_has_examples(command, capsys):
    with pytest.raises(SystemExit) as caught:
        run(command, "--help")
    text = capsys.readouterr().out
    assert caught.value.code == 0 and f"    python -m tinyae {command} " in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_warning_names_bits_that_say_nothing(tmp_path, capsys):
    np.save(tmp_path / "x.npy", np.ones((20, 3)))
    assert run("hash", tmp_path / "x.npy", "--out", tmp_path / "x.npz", *QUICK) == 0
    text = capsys.readouterr().out
    assert (
        "warning: 12 bits are the same in more than 99% of the rows" in text
        and "codes of 12 bits: 1 " in text
    )


@pytest.mark.one_in(4)
@pytest.mark.parametrize("when", ["reading", "training", "encoding", "describing", "writing"])
def test_ctrl_c_writes_nothing_and_keeps_the_old_file(when, hashed, tmp_path, capsys, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    place = {
        "reading": "tinyae.commands.text_rows.np.loadtxt",
        "training": "tinyae.models.autoencoder.Autoencoder.check_rows",
        "encoding": "tinyae.commands.hash_command.packed_codes",
        "describing": "tinyae.commands.hash_command._described",
        "writing": "tinyae.files.archive_files.zipfile.ZipFile",
    }[when]
    monkeypatch.setattr(place, interrupt)
    (tmp_path / "codes.npz").write_text("old")
    command = ["hash", hashed / "rows.csv", "--out", tmp_path / "codes.npz", *QUICK]
    assert run(*command) == 130
    assert "interrupted; no file was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["codes.npz"]
    assert (tmp_path / "codes.npz").read_text() == "old"


def test_training_that_was_interrupted_writes_nothing(hashed, tmp_path, capsys, monkeypatch):
    """`fit` ends an interrupted training without an error."""
    fitted = SemanticHash.fit

    def interrupted(self, rows):
        fitted(self, rows).history_.stopped = "interrupted"

    monkeypatch.setattr(SemanticHash, "fit", interrupted)
    assert run("hash", hashed / "rows.csv", "--out", tmp_path / "codes.npz", *QUICK) == 130
    assert "interrupted; no file was written" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_file_that_changes_meanwhile_is_noticed(hashed, tmp_path, capsys, monkeypatch):
    (tmp_path / "x.csv").write_bytes((hashed / "rows.csv").read_bytes())
    fitted = SemanticHash.fit

    def and_add(self, rows):
        with open(tmp_path / "x.csv", "a") as stream:
            stream.write(",".join(["1"] * 10) + "\n")
        return fitted(self, rows)

    monkeypatch.setattr(SemanticHash, "fit", and_add)
    command = ["hash", tmp_path / "x.csv", "--out", tmp_path / "x.npz", *QUICK]
    assert run(*command, "--train-rows", 50) == 2
    assert "was changed while it was read" in capsys.readouterr().err


def test_a_divergence_is_an_error(hashed, tmp_path, capsys, monkeypatch):
    def diverge(self, rows):
        raise DivergenceError("training diverged", History())

    monkeypatch.setattr(SemanticHash, "fit", diverge)
    assert run("hash", hashed / "rows.csv", "--out", tmp_path / "x.npz", *QUICK) == 2
    assert capsys.readouterr().err == "python -m tinyae: training diverged\n"
    assert not list(tmp_path.iterdir())


def test_progress_on_a_terminal(hashed, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("time.perf_counter", iter(range(10_000)).__next__)
    assert len(list(progress(iter([X, X]), "read"))) == 2
    err = capsys.readouterr().err
    assert "\rread 400 rows" in err and "\rread 800 rows" in err and err.endswith("\r")


def start(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen([sys.executable, "-m", "tinyae", *map(str, arguments)], text=True,
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            **options)  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_ctrl_c_of_a_real_process(hashed, tmp_path):
    command = ["hash", hashed / "rows.csv", "--out", tmp_path / "x.npz", "--epochs", 10**6]
    listen = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    process = start(*command, preexec_fn=listen)
    try:
        assert process.stdout.readline().startswith("read 400 rows")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "interrupted; no file was written" in err and "Traceback" not in err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_may_have_enough(hashed):
    with start("search", hashed / "codes.npz", hashed / "rows.csv", "--nearest", 400) as process:
        assert process.stdout.readline() == "query,row,distance\n"
        process.stdout.close()
        assert process.stderr.read().endswith("rows.csv names the columns\n")
        assert process.wait(60) == 0


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path, measured, capsys):
    """A table of ten times as many rows, with the same number of training rows."""

    def peak(n):
        rng, path = np.random.default_rng(0), tmp_path / f"{n}.csv"
        with open(path, "w") as stream:
            for _ in range(n // 1000):
                np.savetxt(stream, rng.normal(size=(1000, 8)), fmt="%.3g", delimiter=",")
        tracemalloc.start()
        status = run("hash", path, "--out", tmp_path / "x.npz", "--train-rows", 500, "--bits", 8,
                     "--hidden", 8, "--epochs", 1)  # fmt: skip
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert status == 0
        return most, path.stat().st_size

    patched = pytest.MonkeyPatch()
    with patched.context() as patch:
        for module in ("array_rows", "search_index"):
            patch.setattr(f"tinyae.commands.{module}.BLOCK", 8000)
        peak(1000)  # what is made once
        few, _ = peak(3000)
        many, size = peak(30_000)
    measured(f"hashing a table of {size / 1e6:.1f} MB: peak {many / 1e6:.2f} MB, of a tenth of it "
             f"{few / 1e6:.2f} MB")  # fmt: skip
    assert many < 1.3 * few
