"""The media part of the API."""

from ninja import Router

router = Router(tags=["media"])
