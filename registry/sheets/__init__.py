"""The reading room: spreadsheets as values. Bytes in, values out; no database."""
