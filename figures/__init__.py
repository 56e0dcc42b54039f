"""Every figure of the chapter as a script: `python -m figures`."""
