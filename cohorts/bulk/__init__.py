"""Files of hand-kept cohorts, and what every bulk file needs: the people that rows name, and a run of the engine."""
