"""`make bench`: how long a night and a page take, on both databases."""
