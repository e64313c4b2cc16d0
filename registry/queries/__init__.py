"""What people ask: every SELECT of the house, by question. Answers are plain values."""
