"""Fixtures that every package's tests share; PostgreSQL is meadow/runtime/pytest_plugin.py's."""
