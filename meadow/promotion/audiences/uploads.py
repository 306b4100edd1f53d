"""An uploaded list: one SHA-256 of an e-mail address or a handle a line, and nothing that names a person.

What is hashed is `text.strip().lower()` in UTF-8, the hash in hexadecimal. A list never changes: another
upload is another list, with another id, so that an answer about one stays true of it.
"""

import re
from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext_lazy as _

from meadow.promotion.audiences.definition import refuse

MOST_LINES: Final = 1_000_000
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")


def read_digests(lines: Iterable[str]) -> set[bytes]:
    """Return the digests, 32 bytes each, once each. Raises AudienceInvalid with the line.

    Empty lines are passed over. Addresses in the clear are refused, so that none is ever kept.
    """
    found: set[bytes] = set()
    for number, line in enumerate(lines, start=1):
        if number > MOST_LINES:
            refuse("", str(_("a list has at most %s lines")) % f"{MOST_LINES:,}")
        word = line.strip()
        if not word:
            continue
        if not _DIGEST.fullmatch(word):
            place = str(_("line %s")) % number
            refuse(
                place,
                _(
                    "each line is the SHA-256 hash of an e-mail address or a handle in small"
                    " letters, 64 characters; hash them yourself, addresses are not taken"
                ),
            )
        found.add(bytes.fromhex(word))
    return found
