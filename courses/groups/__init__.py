"""The groups of a course: their lists, and the creation, renaming and deletion of those that are kept by hand."""
