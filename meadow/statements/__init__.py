"""Statements: what moved in a month or a year, each line from gross to net."""
