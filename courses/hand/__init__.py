"""Changes that people make by hand to participants: proposed, previewed, confirmed, each a run of the engine."""
