"""The lending desk: pieces of the register for other sites, as frames and as pictures."""
