"""The machine that is measured: processor, cores, caches, memory, vector extensions and BLAS.

What cannot be read is "not known". Caches and extensions are read from Linux's /sys and /proc.
"""

from __future__ import annotations

import os
import platform
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np

UNKNOWN = "not known"
CACHES = Path("/sys/devices/system/cpu")
PROCESSOR = Path("/proc/cpuinfo")
KINDS = {"Data": "d", "Instruction": "i", "Unified": ""}
VECTORS = {"sse4_2": "SSE4.2", "avx": "AVX", "avx2": "AVX2", "fma": "FMA", "avx512f": "AVX-512",
           "asimd": "NEON", "sve": "SVE"}  # fmt: skip
# Two machines with the same lines of these names share a page.
HARDWARE = ("processor", "cores", "caches", "vector extensions")


def statement() -> dict[str, str]:
    """Return what a page says of this machine: a text for each name."""
    return {
        "processor": processor(),
        "cores": str(os.cpu_count() or UNKNOWN),
        "caches": caches(),
        "vector extensions": vectors(),
        "memory": memory(),
        "operating system": " ".join(
            [platform.system(), *re.findall(r"^\d+(?:\.\d+)?", platform.release())]
        ),
        "BLAS": blas(),
    }


def page_name(processor: str, cores: str) -> str:
    """Return a file's name for a processor, as amd-epyc-2-cores for "AMD EPYC, …" with 2 cores."""
    name = re.sub(r"\((R|TM|C)\)|\b(Processor|CPU)\b|@.*", " ", processor.split(",")[0])
    return "-".join([*re.findall(r"[a-z0-9]+", name.lower()), cores.split()[0], "cores"])


def processor() -> str:
    """Return the processor's name, and its family and model, which tell those of one name apart."""
    found = _information()
    name = found.get("model name") or platform.processor() or platform.machine() or UNKNOWN
    if "cpu family" in found and "model" in found:
        name += f", family {found['cpu family']}, model {found['model']}"
    return name


def caches(folder: Path = CACHES) -> str:
    """Return the size of the caches of each level and how many there are, as "L2 512 kB × 2"."""
    found: dict[tuple[str, str], set[str]] = {}
    for place in folder.glob("cpu[0-9]*/cache/index[0-9]*"):
        try:
            level, kind, size, shared = (
                (place / name).read_text().strip()
                for name in ("level", "type", "size", "shared_cpu_list")
            )
        except OSError:
            continue
        number = int(size.rstrip("K"))
        words = f"{number // 1024} MB" if number % 1024 == 0 else f"{number} kB"
        found.setdefault((f"L{level}{KINDS.get(kind, '')}", words), set()).add(shared)
    lines = [f"{name} {size} × {len(places)}" for (name, size), places in sorted(found.items())]
    return ", ".join(lines) or UNKNOWN


def vectors() -> str:
    """Return the vector extensions of the processor, and say if AVX2 or AVX-512 is missing."""
    flags = (_information().get("flags") or _information().get("Features") or "").split()
    found = [title for flag, title in VECTORS.items() if flag in flags]
    if "avx512f" in flags:
        found[-1] += f" ({', '.join(sorted(f for f in flags if f.startswith('avx512')))})"
    if not found:
        return UNKNOWN
    missing = [] if "asimd" in flags else [n for n in ("avx2", "avx512f") if n not in flags]
    return ", ".join(found) + "".join(f"; no {VECTORS[flag]}" for flag in missing)


def memory() -> str:
    """Return the size of the memory."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return UNKNOWN
    return f"{size / 2**30:.1f} GiB"


def blas() -> str:
    """Return the name and version of NumPy's BLAS, its kernel, and its threads if none are set."""
    try:
        found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        name = f"{found.get('name', 'BLAS')} {found.get('version', '')}".strip()
    except (KeyError, TypeError):
        name = "BLAS"
    loaded = loaded_blas()
    kernel = loaded.get("architecture", f"{UNKNOWN} without threadpoolctl")
    return f"{name}; kernel {kernel}; threads as each section says"


def loaded_blas() -> dict[str, str]:
    """Return what threadpoolctl says of NumPy's BLAS; nothing if it is not installed."""
    if find_spec("threadpoolctl") is None:
        return {}
    from threadpoolctl import threadpool_info

    libraries = [found for found in threadpool_info() if found["user_api"] == "blas"]
    ours = [found for found in libraries if "numpy" in found["filepath"]]
    return {key: str(value) for key, value in (ours or libraries or [{}])[0].items()}


def blas_threads() -> str:
    """Return the number of threads that BLAS uses in this process."""
    return loaded_blas().get("num_threads") or os.environ.get("OPENBLAS_NUM_THREADS") or UNKNOWN


def load() -> float:
    """Return how many processes computed or waited for a core, a mean over a minute; or NaN."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def _information() -> dict[str, str]:
    """Return the fields of the first processor in /proc/cpuinfo; none elsewhere."""
    try:
        text = PROCESSOR.read_text()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
