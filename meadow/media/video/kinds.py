"""What a file is by its first bytes: MP4 and MOV, or WebM, and nothing else."""

from meadow.media.video.errors import NotAVideo

# What the first bytes must at least be to tell.
HEAD_BYTES = 64

# Under these cameras, phones and editors write films; HEIC pictures and audio books have others.
_BRANDS = frozenset(
    {
        *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"),
        *(b"mp41", b"mp42", b"mp71", b"avc1", b"hvc1", b"dash", b"msdh", b"cmfc", b"cmf2"),
        *(b"qt  ", b"M4V ", b"M4VP", b"M4VH", b"MSNV", b"XAVC", b"f4v ", b"3gp4", b"3gp5"),
        *(b"3gp6", b"3g2a", b"3g2b", b"NDSC", b"NDSM", b"mmp4"),
    }
)
_EBML = b"\x1a\x45\xdf\xa3"
_WEBM = b"\x42\x82\x84webm"


def find_format(head: bytes) -> str:
    """Return the one demuxer that may open a file which begins so: `mov` or `matroska`.

    Raises NotAVideo. A playlist, a script or a list of other files never gets past this, nor would
    the forced demuxer read it as one.
    """
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return "mov"
    if head.startswith(_EBML) and _WEBM in head[:HEAD_BYTES]:
        return "matroska"
    raise NotAVideo
