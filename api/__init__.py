"""The doors: HTML pages for people, JSON for programs. Nothing is decided here."""
