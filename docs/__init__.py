"""The site: `python -m docs` builds it, and `docs/sources.py` says from what."""
