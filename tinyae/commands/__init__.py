"""The commands of `python -m tinyae`, and the files that they read.

Modules:

fit_command.py      `python -m tinyae fit`: train an autoencoder on the rows of a file
encode_command.py   `python -m tinyae encode` and `reconstruct`: rows through a trained model
info_command.py     `python -m tinyae info`: what a model file holds
kinds.py            the kinds of codes that `fit` trains
hash_command.py     `python -m tinyae hash`: codes of the rows of a file
figures_command.py  `tinyae figures`: the figures of the chapter, from a checkout or a wheel
explore_command.py  `python -m tinyae explore`: an autoencoder that learns while one looks
trace_command.py    `python -m tinyae trace`: one training step of a tiny model
search_command.py   `python -m tinyae search`: the rows that are similar to queries
search_index.py     the codes of all rows, and the encoder for queries
read_rows.py        how a file is read, and rows drawn from it at random
array_rows.py       rows of .npy files
text_rows.py        rows of text tables
first_lines.py      what separates the numbers of a text table, and names of its columns
documents.py        documents as counts of words
lines.py            the lines of a text file
progress.py         how many rows there were, and between which numbers
write_rows.py       rows written to a .csv or .npy file
output_place.py     whether a file can be written to
bad_rows.py         what is wrong with the rows of a file
"""
