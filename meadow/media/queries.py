"""Reads of uploads: plain frozen records, ready for templates and the API."""

from collections.abc import Sequence
from dataclasses import dataclass

from meadow.core.errors import Message, join_sentences
from meadow.media.errors import UploadMissing, reason_hint, reason_text
from meadow.media.models import DISCARDED, Rendition, Upload

# What `build_picture` needs, for queries of other packages that join an upload under a prefix.
PICTURE_FIELDS = ("public_id", "width", "height", "placeholder", "labels", "state", "progress")
DEFAULT_SIZES = "(min-width: 1024px) 640px, 100vw"


@dataclass(frozen=True)
class Picture:
    """A picture as a page shows it; `width` x `height` is its largest rendition."""

    public_id: str
    width: int
    height: int
    placeholder: str
    srcset: str
    src: str
    sizes: str
    state: str
    progress: int

    @property
    def is_ready(self) -> bool:
        """Whether there is something to show."""
        return self.state == "ready"


@dataclass(frozen=True)
class UploadState:
    """How far an upload is; `reason` and `hint` are set once it has failed."""

    id: int
    public_id: str
    purpose: str
    state: str
    progress: int
    error_code: str
    reason: Message
    hint: Message
    picture: Picture

    @property
    def sentences(self) -> str:
        """What is wrong and what to do, as one line in the active language."""
        return join_sentences(self.reason, self.hint)


@dataclass(frozen=True)
class StoredRendition:
    """One file to serve."""

    upload_id: int
    owner_id: int
    purpose: str
    path: str
    bytes: int
    etag: str


def get_pictures(upload_ids: Sequence[int]) -> dict[int, Picture]:
    """Return the pictures of these uploads by id, in one query; missing ids are left out."""
    rows = Upload.objects.filter(pk__in=set(upload_ids)).values_list("pk", *PICTURE_FIELDS)
    return {
        row[0]: build_picture(
            public_id=row[1],
            width=row[2],
            height=row[3],
            placeholder=row[4],
            labels=row[5],
            state=row[6],
            progress=row[7],
        )
        for row in rows
    }


def build_picture(
    *,
    public_id: str,
    width: int,
    height: int,
    placeholder: str,
    labels: Sequence[str],
    state: str,
    progress: int,
    sizes: str = DEFAULT_SIZES,
) -> Picture:
    """Make a Picture of an upload's columns; while it is not ready, src and srcset are empty."""
    base = f"/media/{public_id}/"
    return Picture(
        public_id=public_id,
        width=width,
        height=height,
        placeholder=placeholder,
        srcset=", ".join(f"{base}{label}.webp {min(int(label[1:]), width)}w" for label in labels),
        src=f"{base}{_middle(labels)}.webp" if labels else "",
        sizes=sizes,
        state=state,
        progress=progress,
    )


def get_upload_state(*, public_id: str, owner_id: int) -> UploadState:
    """Return how far an own upload is. Raises UploadMissing, also for somebody else's."""
    upload = Upload.objects.filter(public_id=public_id, owner_id=owner_id).first()
    if upload is None:
        raise UploadMissing
    return describe_upload(upload)


def get_upload_states(upload_ids: Sequence[int]) -> dict[int, UploadState]:
    """Return how far these uploads are, by id; whose they are is for the caller to have checked."""
    uploads = Upload.objects.filter(pk__in=set(upload_ids))
    return {upload.pk: describe_upload(upload) for upload in uploads}


def describe_upload(upload: Upload) -> UploadState:
    """Return the record of an upload row."""
    failed = upload.state == Upload.State.FAILED
    return UploadState(
        id=upload.pk,
        public_id=upload.public_id,
        purpose=upload.purpose,
        state=upload.state,
        progress=upload.progress,
        error_code=upload.error_code,
        reason=reason_text(upload.error_code) if failed else "",
        hint=reason_hint(upload.error_code) if failed else "",
        picture=build_picture(
            public_id=upload.public_id,
            width=upload.width,
            height=upload.height,
            placeholder=upload.placeholder,
            labels=upload.labels,
            state=upload.state,
            progress=upload.progress,
        ),
    )


def find_rendition(*, public_id: str, label: str) -> StoredRendition | None:
    """Return the file behind an address, or None."""
    row = (
        Rendition.objects.filter(upload__public_id=public_id, label=label)
        .exclude(upload__error_code=DISCARDED)
        .values_list("upload_id", "upload__owner_id", "upload__purpose", "path", "bytes")
        .first()
    )
    if row is None:
        return None
    return StoredRendition(*row, etag=f'"{public_id}-{label}-{row[4]:x}"')


def _middle(labels: Sequence[str]) -> str:
    """Return the label that a browser without srcset gets: the second smallest if there is one."""
    return labels[min(1, len(labels) - 1)]
