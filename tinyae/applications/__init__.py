"""What an autoencoder is used for (14.9).

digits  compress digits to 32 numbers and compare with PCA: `python -m tinyae digits`

Modules:

digits.py  `python -m tinyae digits`
"""
