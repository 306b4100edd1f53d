"""Roll-ups projected from the warehouse; the facts themselves live there."""

from django.db import models


class NoteReads(models.Model):
    """How often one note was read and shown, as the warehouse counted it at `watermark`."""

    note_id = models.BigIntegerField(primary_key=True)
    author_id = models.BigIntegerField(db_index=True)
    reads_raw = models.PositiveBigIntegerField(default=0)
    reads_valid = models.PositiveBigIntegerField(default=0)
    impressions = models.PositiveBigIntegerField(default=0)
    opens = models.PositiveBigIntegerField(default=0)
    watermark = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="valid_reads_within_raw",
                condition=models.Q(reads_valid__lte=models.F("reads_raw")),
            ),
        ]
