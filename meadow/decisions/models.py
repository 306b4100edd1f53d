"""Decisions about people: kept for good, signed, explained, open to appeal."""
