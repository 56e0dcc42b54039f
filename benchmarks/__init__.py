"""Speed and memory beside what people would pick instead: `python -m benchmarks --help`."""
