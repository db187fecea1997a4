"""Enrolling by oneself: which courses are open to whom, with which key, and what people may then do with their enrolment."""
