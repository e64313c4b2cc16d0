"""The words and rules of the register: pure values and functions, no database, clock or network."""
