"""Changes of enrolment methods themselves: seen before they are made, made by a run of the engine, taken back by its undo."""
