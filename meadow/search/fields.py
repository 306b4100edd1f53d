"""Two column types of PostgreSQL that Django knows only with an application of its own."""

from typing import Any

from django.db import models


class TsVectorField(models.TextField):  # type: ignore[type-arg]
    """PostgreSQL's tsvector, written as its text."""

    def db_type(self, connection: Any) -> str:
        """Return the column type."""
        return "tsvector"


class TextListField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's text[]."""

    def db_type(self, connection: Any) -> str:
        """Return the column type."""
        return "text[]"
