"""Vérification: what the registers say of the students of a course, down to their groups, against who is in the course."""
