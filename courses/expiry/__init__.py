"""The end of enrolments by hand and by oneself: what becomes of them then, and who is told beforehand."""
