"""The systems that are compared: their names, their modules, and what they need."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import find_spec

from benchmarks.workloads import Workload


@dataclass(frozen=True)
class System:
    """A system's title, its module, and the package that it times, "" for tinyae and NumPy."""

    title: str
    module: str
    peer: str = ""


SYSTEMS = {
    "core": System("tinyae, vectorized core", "benchmarks.system_tinyae"),
    "layers": System("tinyae, layers", "benchmarks.system_tinyae"),
    "torch": System("PyTorch, eager", "benchmarks.system_torch", "torch"),
    "compile": System("PyTorch, torch.compile", "benchmarks.system_torch", "torch"),
    "jax": System("JAX, jit", "benchmarks.system_jax", "jax"),
    "sklearn": System("scikit-learn, MLPRegressor", "benchmarks.system_sklearn", "sklearn"),
    "blas": System("matrix products only", "benchmarks.system_blas"),
}
SIDE = {  # five trainings of one network, for `python -m benchmarks side`
    "side": System("tinyae, five side by side", "benchmarks.system_several"),
    "turns": System("tinyae, five in turn", "benchmarks.system_several"),
    "jax5": System("JAX, five jit in turn", "benchmarks.system_several_jax", "jax"),
    "vmap": System("JAX, vmap over five", "benchmarks.system_several_jax", "jax"),
}
PEERS = ("torch", "jax", "sklearn")


def chosen(peers: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the systems that can run, and for the others the reason why not.

    Raises
    ------
    ValueError
        If there is no such peer.
    """
    unknown = [peer for peer in peers if peer not in PEERS]
    if unknown:
        raise ValueError(f"no peer {', '.join(unknown)}; there are {', '.join(PEERS)}")
    found, missing = [], {}
    for name, system in SYSTEMS.items():
        if system.peer and system.peer not in peers:
            continue
        if system.peer and find_spec(system.peer) is None:
            missing[name] = f"{system.peer} is not installed"
        elif name == "compile" and not any(map(shutil.which, ("c++", "g++", "clang++"))):
            missing[name] = "there is no C++ compiler"
        else:
            found.append(name)
    return found, missing


def can(name: str, workload: Workload) -> bool:
    """Return whether the system can do the job; MLPRegressor has only squared error and Adam."""
    if name == "blas" and workload.variational:  # it takes the width of a layer from the next
        return False
    if name != "sklearn":
        return True
    plain = not (workload.field or workload.tied or workload.lam or workload.variational)
    # MLPRegressor has one activation for all hidden layers.
    plain = plain and workload.code_activation in ("", workload.activation)
    return plain and workload.output == "gaussian" and workload.optimizer == "adam"
