"""The questions that every public function asks of its arguments, and the streams of random
numbers.
"""
