"""Checks of arguments, the base class of estimators, and the streams of random numbers."""
