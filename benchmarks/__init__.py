"""Speed and memory of tinyae and of other libraries: `python -m benchmarks --help`."""
