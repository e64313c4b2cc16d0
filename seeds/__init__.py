"""Real facts to start from: rolls, provinces, documented use cases; and how they are loaded."""
