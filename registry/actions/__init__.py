"""What people do: one function per act, by journey. Each is one transaction's work."""
