"""Cohorts kept by hand: created, renamed, filled, emptied and deleted, each time by a run of the engine that can be taken back."""
