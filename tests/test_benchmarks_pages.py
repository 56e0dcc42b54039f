"""A page of results for each machine, and the index of them."""

import os

import numpy as np
import pytest

from benchmarks import index, machine, pages, report
from benchmarks.systems import SYSTEMS

EPYC = {"processor": "AMD EPYC, family 25, model 1", "cores": "2", "caches": "L2 512 kB × 2",
        "vector extensions": "AVX2", "memory": "23 GiB", "operating system": "Linux 6.1",
        "BLAS": "openblas 0.3"}  # fmt: skip
SECTION = f"""2-64-2.

| | µs / step | ratio |
|---|---:|---:|
| {SYSTEMS["core"].title} | 39.0 | 1.00 |
| {SYSTEMS["torch"].title} | 585.2 | 15.09 |

5 rounds, 1 thread; load 0.1 at the start, 1.0 at the end; 2026-11-30."""
CODING = """**Machines (quality: nats)**

| job | by | ms | ratio | quality |
|---|---|---:|---:|---:|
| 784-256, beside 1.8 | tinyae, CD-1 | 9.0 | 2.44 | a |
|  | scikit-learn | 21.0 | 1.00 | b |
| 9-2, beside 0.1 | tinyae | 9.0 | 0.50 | a |

5 rounds."""


@pytest.fixture
def epyc(monkeypatch):
    """What this machine says of itself; a test may change it."""
    said = dict(EPYC)
    monkeypatch.setattr(machine, "statement", lambda: dict(said))
    return said


def test_a_page_is_named_after_the_processor():
    names = {"AMD EPYC, family 25, model 1": "amd-epyc",
             "Intel(R) Xeon(R) Processor": "intel-xeon",
             "Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz, family 6": "intel-core-i7-8650u",
             "Apple M2": "apple-m2"}  # fmt: skip
    for processor, name in names.items():
        assert machine.page_name(processor, "8") == f"{name}-8-cores"


def test_caches_are_counted_once_for_all_cores_that_share_them(tmp_path):
    for cpu in range(4):
        for i, (level, kind, size, shared) in enumerate([
            ("1", "Data", "32K", f"{cpu}"), ("1", "Instruction", "32K", f"{cpu}"),
            ("2", "Unified", "512K", f"{cpu // 2 * 2}-{cpu // 2 * 2 + 1}"),
            ("3", "Unified", "32768K", "0-3"),
        ]):  # fmt: skip
            place = tmp_path / f"cpu{cpu}" / "cache" / f"index{i}"
            place.mkdir(parents=True)
            for name, text in (("level", level), ("type", kind), ("size", size),
                               ("shared_cpu_list", shared)):  # fmt: skip
                (place / name).write_text(f"{text}\n")
    assert machine.caches(tmp_path) == "L1d 32 kB × 4, L1i 32 kB × 4, L2 512 kB × 2, L3 32 MB × 1"
    assert machine.caches(tmp_path / "none") == "not known"


@pytest.mark.parametrize("flags, words", [
    ("flags : fpu sse4_2 avx avx2 fma", "SSE4.2, AVX, AVX2, FMA; no AVX-512"),
    ("flags : sse4_2 avx avx2 fma avx512vl avx512f",
     "SSE4.2, AVX, AVX2, FMA, AVX-512 (avx512f, avx512vl)"),
    ("flags : sse4_2", "SSE4.2; no AVX2; no AVX-512"),
    ("Features : fp asimd", "NEON"),
    ("", "not known"),
])  # fmt: skip
def test_vector_extensions_are_read_and_missing_ones_said(flags, words, tmp_path, monkeypatch):
    (tmp_path / "cpuinfo").write_text(f"model name : A Processor\n{flags}\n\nmodel name : B\n")
    monkeypatch.setattr(machine, "PROCESSOR", tmp_path / "cpuinfo")
    assert machine.vectors() == words
    assert machine.processor() == "A Processor"


def test_this_machine_says_everything():
    said = machine.statement()
    assert set(machine.HARDWARE) <= set(said) and all(said.values())
    assert int(said["cores"]) >= 1 and machine.load() >= 0


def test_a_page_keeps_what_was_not_measured_anew(tmp_path, epyc):
    folder = tmp_path / "results"
    pages.write({"tied, 1 thread": "old", "chart, 1 thread": "a"}, folder)
    pages.write({"spiral, 2 threads": "b"}, folder)
    page = pages.write({"tied, 1 thread": "new", "spiral beside 1 busy, 1 thread": "c"}, folder)
    assert page.name == "amd-epyc-2-cores.md"
    text = page.read_text(encoding="utf-8")
    assert pages.statement(text) == EPYC
    assert list(pages.sections(text).items()) == [
        ("spiral beside 1 busy, 1 thread", "c"), ("tied, 1 thread", "new"),
        ("chart, 1 thread", "a"), ("spiral, 2 threads", "b"),
    ]  # fmt: skip


def test_another_machine_of_the_same_name_gets_a_page_of_its_own(tmp_path, epyc):
    folder = tmp_path / "results"
    first = pages.write({"tied, 1 thread": "a"}, folder)
    epyc["memory"] = "47 GiB"  # not what makes a machine another one
    assert pages.write({"tied, 1 thread": "b"}, folder) == first
    epyc["caches"] = "L2 1 MB × 2"
    second = pages.write({"tied, 1 thread": "c"}, folder)
    assert second.name == "amd-epyc-2-cores-2.md" and "b" in first.read_text(encoding="utf-8")
    assert pages.write({"chart, 1 thread": "d"}, folder) == second


def test_the_index_shows_ratios_of_machines_side_by_side(tmp_path, epyc):
    folder = tmp_path / "results"
    pages.write({"spiral, 1 thread": SECTION, "coding, 1 thread": CODING}, folder)
    epyc.update(processor="Apple M2", caches="not known")
    pages.write({"spiral, 1 thread": SECTION.replace("15.09", "7.50")}, folder)
    text = index.write(folder).read_text(encoding="utf-8")
    assert text.startswith(index.HEAD)
    assert "[amd-epyc-2-cores](results/amd-epyc-2-cores.md)" in text
    assert "| 2 | 2026-11-30 |" in text
    assert "| spiral, 1 thread | amd-epyc-2-cores | 15.09 | – |" in text
    assert "|  | apple-m2-2-cores | 7.50 | – |" in text
    assert "| Machines: 784-256, CD-1 | 2.44 |" in text and "| Machines: 9-2 | 0.50 |" in text
    assert "scikit-learn | 1.00" not in text


def test_the_index_is_that_of_the_pages():
    """RESULTS.md is not edited by hand, and no page is without a line in it."""
    texts = {p.stem: p.read_text(encoding="utf-8") for p in sorted(pages.FOLDER.glob("*.md"))}
    written = pages.FOLDER.with_name("RESULTS.md").read_text(encoding="utf-8")
    assert written == index.text_of(texts, pages.FOLDER.name)
    for name, text in texts.items():
        said = pages.statement(text)
        assert name.startswith(machine.page_name(said["processor"], said["cores"]))
        assert text == pages.text_of(said, pages.sections(text))


def test_a_section_says_rounds_threads_and_load(monkeypatch):
    loads = iter([0.25, 1.75])
    monkeypatch.setattr(machine, "load", lambda: next(loads))
    words = report.Run(3, 2, machine.load()).words("one more thing")
    assert words.startswith("3 rounds, 2 threads, one more thing; load 0.2 at the start, 1.8 at")
    assert f"numpy {np.__version__}" in words
    assert "Disturbed" not in words
    monkeypatch.setattr(machine, "load", lambda: 2.0 + os.cpu_count())
    assert "Disturbed: more processes wanted to compute" in report.Run(3, 2, 0.0).words()
