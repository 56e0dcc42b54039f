"""The tasks, in groups: what is asked, how it is checked, and the mistakes that students make.

Each module defines the tasks of one subject. The functions `got_…` call the submission, and the
functions `want_…` compute the same by loops and closed formulas, without the library. Both start
from the same numbers, which the variant draws. `reference.py` has what several groups use.
"""
