"""Files loaded on the web: kept while they are looked at, corrected and confirmed. Reading and writing are `courses.bulk`'s."""
