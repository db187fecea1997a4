"""Bulk files about courses (FORMATS §4): spaces, enrolments, methods, last accesses."""
