from tutorials.assignments.tasks import layers, outputs, units
TASKS = (*layers.TASKS,*units.TASKS,*outputs.TASKS)
