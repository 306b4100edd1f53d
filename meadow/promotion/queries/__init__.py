"""What promotion reads, a module a noun."""
