"""The pages of the cohorts. Whoever may not see them gets a 404."""
