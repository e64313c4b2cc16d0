"""The workshop of the seed facts: makes seeds/data again from pinned packages (see README)."""
