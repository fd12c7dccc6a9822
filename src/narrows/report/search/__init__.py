"""The report of a search: its best configuration, its trials, and what they say about each searched key."""
