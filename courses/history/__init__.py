"""What happened in one course: every change of the ledger that took effect, and the list as it was on a day."""
