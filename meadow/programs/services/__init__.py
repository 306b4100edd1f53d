"""Writes of programs: one module a noun; the README lists what pages and packages call."""
