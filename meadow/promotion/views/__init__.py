"""Pages of promotion, a module a noun."""
