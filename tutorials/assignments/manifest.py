from tutorials.assignments.tasks import components, layers, outputs, sharing, sparsity, training, units
TASKS = (*layers.TASKS,*units.TASKS,*outputs.TASKS, *sharing.TASKS, *training.TASKS, *components.TASKS, *sparsity.TASKS)
