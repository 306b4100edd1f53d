"""The signed key of an editor that opened without writing: it lets the first save make the draft."""

from django.core import signing

SALT = "meadow.notes.new"


def make_key(*, public_id: str, author_id: int) -> str:
    """Return the key of a note that does not exist yet, for this author alone."""
    return signing.Signer(salt=SALT).sign(f"{public_id}.{author_id}")


def has_key(key: str, *, public_id: str, author_id: int) -> bool:
    """Whether this is our key for this note and author."""
    try:
        return bool(key) and signing.Signer(salt=SALT).unsign(key) == f"{public_id}.{author_id}"
    except signing.BadSignature:
        return False
