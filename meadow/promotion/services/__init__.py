"""What promotion does, a module a noun."""
