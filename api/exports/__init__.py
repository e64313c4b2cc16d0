"""The dispatch room: whole sets of public data and answers of searches, as files to take away."""
