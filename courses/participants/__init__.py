"""The participant list of one course: conditions of the address, one queryset, columns, exports (PARTICIPANTS.md)."""
