"""The API of promotion, a module a noun."""
