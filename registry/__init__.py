"""The registry: what is counted, how it is stored, asked and done. Knows nothing of HTTP."""
