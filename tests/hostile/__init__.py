"""What files have in store for whoever reads them, made here by code: RELIABILITY.md §5a to §5d, each entry at least once."""
