"""Enrolment methods: one short module a kind, listed in ``registry``."""
