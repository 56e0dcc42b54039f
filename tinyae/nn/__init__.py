"""The kit: layers with hand-written derivatives, what to train them for, and the loop that does.

It knows nothing of autoencoders. Reading order: layers, activations, parameters, outputs,
corruption, penalties, tangents, contraction, model, optimizers, training, gradcheck.
"""
