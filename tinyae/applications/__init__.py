"""What an autoencoder is used for (14.9).

digits  compress digits to 32 numbers, beside PCA: `python -m tinyae digits`
"""
