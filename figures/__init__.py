"""Every figure of the chapter as a script: `python -m figures`.

In an installed wheel this folder is the package `tinyae.figures`, and the command is
`tinyae figures`. The modules therefore import each other by relative imports.
"""
