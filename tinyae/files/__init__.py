"""Files of arrays that are read without trust and replaced as a whole; they contain no code.

Modules:

object_files.py   an object in a file
objects.py        an object described by names of classes, values and arrays
building.py       an object built from its description
classes.py        the classes that a file can name
values.py         NumPy's numbers, texts, types and generators as JSON, and back
memory.py         arrays by their place in memory
attributes.py     how an object of a class is described, and which attributes it has
archive_files.py  a header and arrays in one file: writing it and reading it
header_text.py    the text in such a file: versions, and the table of its arrays
archive.py        the position, type and length of each array in an .npz file
replacement.py    a complete new file in the place of an old one
paths.py          the path of a file, and whether there is one
"""
