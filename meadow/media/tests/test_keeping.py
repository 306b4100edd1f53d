"""Keeping: an upload belongs to one place, and what belongs nowhere is swept after a day."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage

from meadow.accounts.testing import make_person
from meadow.core.testing import race
from meadow.core.transactions import transaction
from meadow.media.errors import UploadMissing, UploadTaken
from meadow.media.models import Rendition, Upload
from meadow.media.services import attach_upload, release_upload, sweep_uploads
from meadow.media.testing import WHEN, make_upload

DAY = timedelta(hours=24)


def attach(upload: Upload, owner_id: int, purpose: str = "note_photo") -> Any:
    with transaction():
        return attach_upload(
            public_id=upload.public_id, owner_id=owner_id, purpose=purpose, now=WHEN
        )


@pytest.mark.django_db
def test_the_sweep_takes_what_nobody_shows_after_a_day_and_nothing_else() -> None:
    ann = make_person()
    old = make_upload(ann.pk, with_files=True, now=WHEN - DAY - timedelta(seconds=1))
    fresh = make_upload(ann.pk, with_files=True, now=WHEN - DAY + timedelta(seconds=1))
    shown = make_upload(ann.pk, attached=True, now=WHEN - 30 * DAY)
    assert default_storage.listdir(f"uploads/{old.public_id}")[1]

    first, second = sweep_uploads(now=WHEN), sweep_uploads(now=WHEN)

    assert (first, second) == (1, 0)
    assert set(Upload.objects.values_list("pk", flat=True)) == {fresh.pk, shown.pk}
    assert not Rendition.objects.filter(upload_id=old.pk).exists()
    assert not default_storage.exists(f"uploads/{old.public_id}")
    assert default_storage.exists(f"uploads/{fresh.public_id}/w320.webp")


@pytest.mark.django_db
def test_a_released_upload_is_swept_again() -> None:
    ann = make_person()
    upload = make_upload(ann.pk, now=WHEN - 2 * DAY)
    upload_id = attach(upload, ann.pk)
    kept = sweep_uploads(now=WHEN)

    with transaction():
        release_upload(upload_id=upload_id)

    assert (kept, sweep_uploads(now=WHEN)) == (0, 1)


@pytest.mark.django_db
def test_somebody_elses_upload_or_another_purpose_cannot_be_attached() -> None:
    ann, bo = make_person(), make_person()
    upload = make_upload(ann.pk)

    for owner_id, purpose in [(bo.pk, "note_photo"), (ann.pk, "avatar")]:
        with pytest.raises(UploadMissing):
            attach(upload, owner_id, purpose)

    upload.refresh_from_db()
    assert upload.attached_at is None


@pytest.mark.django_db(transaction=True)
def test_an_upload_is_attached_once_under_eight_tries() -> None:
    ann = make_person()
    upload = make_upload(ann.pk)

    results = race(lambda _number: attach(upload, ann.pk), runners=8)

    assert results.count(upload.pk) == 1
    assert sum(isinstance(one, UploadTaken) for one in results) == 7


@pytest.mark.django_db(transaction=True)
def test_the_sweep_and_attaching_never_both_win() -> None:
    ann = make_person()
    uploads = [make_upload(ann.pk, now=WHEN - 2 * DAY) for _ in range(12)]

    def work(number: int) -> Any:
        if number == 0:
            return sweep_uploads(now=WHEN)
        return attach(uploads[number - 1], ann.pk)

    results = race(work, runners=12)

    attached = {one for one in results[1:] if isinstance(one, int)}
    refused = [one for one in results[1:] if not isinstance(one, int)]
    assert all(isinstance(one, UploadMissing) for one in refused)
    assert (
        set(Upload.objects.filter(attached_at__isnull=False).values_list("pk", flat=True))
        == attached
    )
    assert results[0] == 12 - len(attached)
