from tutorials.assignments.tasks import components, corruption, denoising, layers, outputs, score, tangents, sharing, sparsity, training, units
TASKS = (*layers.TASKS,*units.TASKS,*outputs.TASKS, *sharing.TASKS, *training.TASKS, *components.TASKS, *sparsity.TASKS, *corruption.TASKS, *denoising.TASKS, *score.TASKS, *tangents.TASKS)
