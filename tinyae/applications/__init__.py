"""What an autoencoder is used for (14.9)."""
