"""Against the peers, in one run: `python -m benchmarks.NAME`. Ratios travel, seconds do not."""
