"""The notes part of the API."""

from ninja import Router

router = Router(tags=["notes"])
