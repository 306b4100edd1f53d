"""Shared pictures: stored once, served to all who show them, gone with the last."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from meadow.accounts.testing import make_person
from meadow.core.bulk import repeat
from meadow.core.transactions import transaction
from meadow.media.bulk import SharedPicture, add_shared_uploads, render_shared
from meadow.media.models import Rendition, Upload
from meadow.media.services import release_upload, sweep_uploads
from meadow.media.testing import WHEN
from meadow.notes.models import Note, NotePhoto

DAY = timedelta(hours=24)


def draw(colour: str) -> SharedPicture:
    return render_shared(Image.new("RGB", (700, 500), colour))


def add(owner: int, pictures: list[SharedPicture], which: list[int]) -> list[int]:
    with transaction():
        ids = add_shared_uploads(
            owners=np.full(len(which), owner),
            pictures=pictures,
            which=np.array(which),
            created_at=repeat(WHEN - 2 * DAY, len(which), pa.timestamp("us", "UTC")),
        )
    return [int(one) for one in ids]


def release(upload_id: int) -> None:
    with transaction():
        release_upload(upload_id=upload_id)


def show(upload_id: int) -> None:
    upload = Upload.objects.get(pk=upload_id)
    note = Note.objects.create(
        public_id=f"n{upload.pk}",
        author_id=upload.owner_id,
        state="published",
        title="T",
        created_at=WHEN,
        edited_at=WHEN,
        published_at=WHEN,
    )
    NotePhoto.objects.create(note=note, upload=upload, position=0)


@pytest.mark.django_db
def test_uploads_of_one_picture_are_ready_and_share_its_files() -> None:
    ann, green = make_person(), draw("#3a7d44")

    first, second = add(ann.pk, [green], [0, 0])

    paths = [
        list(
            Rendition.objects.filter(upload_id=one).order_by("label").values_list("path", flat=True)
        )
        for one in (first, second)
    ]
    folder = f"shared/{green.digest}"
    assert paths[0] == paths[1] == [f"{folder}/{label}.webp" for label in ("w1080", "w320", "w640")]
    upload = Upload.objects.get(pk=first)
    assert (upload.state, upload.width, upload.height) == ("ready", 700, 500)
    assert upload.labels == ["w320", "w640", "w1080"]
    assert upload.placeholder.startswith("data:image/webp;base64,")


@pytest.mark.django_db
def test_what_one_note_gives_up_goes_on_being_served_to_another(client: Client) -> None:
    ann, green = make_person(), draw("#3a7d44")
    gone, kept = add(ann.pk, [green], [0, 0])
    show(kept)
    release(gone)

    swept = sweep_uploads(now=WHEN)

    assert swept == 1
    assert not Upload.objects.filter(pk=gone).exists()
    public_id = Upload.objects.get(pk=kept).public_id
    answer = client.get(f"/media/{public_id}/w320.webp")
    assert answer.status_code == 200
    files = {size.label: content for size, content in green.files}
    assert b"".join(answer.streaming_content) == files["w320"]  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_the_last_upload_takes_its_files_along_and_no_others() -> None:
    ann, pictures = make_person(), [draw("#112233"), draw("#445566")]
    last, other = add(ann.pk, pictures, [0, 1])
    release(last)

    sweep_uploads(now=WHEN)

    assert not default_storage.exists(f"shared/{pictures[0].digest}/w320.webp")
    assert default_storage.exists(f"shared/{pictures[1].digest}/w320.webp")
    assert Upload.objects.filter(pk=other).exists()


@pytest.mark.django_db
def test_a_picture_that_was_swept_comes_back_with_its_files() -> None:
    ann, green = make_person(), draw("#778899")
    release(add(ann.pk, [green], [0])[0])
    sweep_uploads(now=WHEN)

    add(ann.pk, [green], [0])

    assert default_storage.exists(f"shared/{green.digest}/w1080.webp")


@pytest.mark.django_db
def test_the_same_pixels_have_the_same_name() -> None:
    assert draw("#3a7d44").digest == draw("#3a7d44").digest != draw("#3a7d45").digest
