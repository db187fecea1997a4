"""The audit trail as it is read: its words, its list, its files."""
