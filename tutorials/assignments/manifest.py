"""All tasks, in the order of their ids."""

from __future__ import annotations

from tutorials.assignments.task import Task
from tutorials.assignments.tasks import (
    codes,
    components,
    contraction,
    corruption,
    denoising,
    figure,
    hashing,
    layers,
    machines,
    outputs,
    recirculation,
    score,
    sharing,
    sparse_coding,
    sparsity,
    tangents,
    training,
    transfer_penalties,
    transfer_steps,
    transfer_units,
    units,
)

TASKS: tuple[Task, ...] = tuple(
    sorted(
        (
            *layers.TASKS,
            *units.TASKS,
            *outputs.TASKS,
            *sharing.TASKS,
            *training.TASKS,
            *components.TASKS,
            *sparsity.TASKS,
            *corruption.TASKS,
            *denoising.TASKS,
            *score.TASKS,
            *tangents.TASKS,
            *contraction.TASKS,
            *machines.TASKS,
            *recirculation.TASKS,
            *sparse_coding.TASKS,
            *codes.TASKS,
            *hashing.TASKS,
            *figure.TASKS,
            *transfer_units.TASKS,
            *transfer_penalties.TASKS,
            *transfer_steps.TASKS,
        ),
        key=lambda task: (task.transfer, task.id),
    )
)
