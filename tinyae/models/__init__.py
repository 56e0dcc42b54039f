"""Models: anything with theta, grad and loss_and_grad. At the centre, the one Autoencoder."""
