"""What the feed keeps: the versioned rule of Hot, the walls ranked by it, and what readers chose."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

PERSON = settings.AUTH_USER_MODEL


class RankingRule(models.Model):
    """One version of Hot's weights; the newest decides, the older explain the walls they ranked."""

    version = models.PositiveIntegerField(unique=True)
    like_weight = models.FloatField()
    save_weight = models.FloatField()
    comment_weight = models.FloatField()
    read_weight = models.FloatField()
    half_life_hours = models.FloatField()
    prior_impressions = models.FloatField()
    base_rate = models.FloatField()
    base_impressions = models.FloatField()
    explore_every = models.PositiveSmallIntegerField()
    explore_below = models.PositiveIntegerField()
    explore_days = models.PositiveSmallIntegerField()
    newcomer_minutes = models.PositiveSmallIntegerField()
    pool_size = models.PositiveIntegerField()
    wall_size = models.PositiveIntegerField()
    session_minutes = models.PositiveSmallIntegerField(default=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ranking_weights_are_not_negative",
                condition=Q(like_weight__gte=0)
                & Q(save_weight__gte=0)
                & Q(comment_weight__gte=0)
                & Q(read_weight__gte=0)
                & Q(base_rate__gte=0),
            ),
            models.CheckConstraint(
                name="ranking_decays_and_smooths",
                condition=Q(half_life_hours__gt=0)
                & Q(prior_impressions__gt=0)
                & Q(base_impressions__gt=0),
            ),
            models.CheckConstraint(
                name="exploration_leaves_room_for_ranking", condition=Q(explore_every__gte=2)
            ),
        ]


class Wall(models.Model):
    """Hot as it was ranked at one moment: note ids best first, packed as little-endian int64.

    `pool_ids` are notes that have been shown too little to be judged, those shown least first.
    `inputs` are the figures it was ranked by, float32, a row a note in the order of `ranking.Counts`.
    """

    rule = models.ForeignKey(RankingRule, on_delete=models.PROTECT, related_name="+")
    ranked_at = models.DateTimeField()
    community_rate = models.FloatField()
    note_ids = models.BinaryField()
    author_ids = models.BinaryField()
    pool_ids = models.BinaryField()
    pool_author_ids = models.BinaryField()
    inputs = models.BinaryField(default=bytes)
    pool_impressions = models.BinaryField(default=bytes)


class Newcomer(models.Model):
    """A note published moments ago, which walls ranked before it do not know."""

    note_id = models.BigIntegerField(unique=True)
    author_id = models.BigIntegerField()
    published_at = models.DateTimeField()


class Served(models.Model):
    """A page of Hot or Nearby that somebody was given: what makes a reload go on instead of repeating.

    Short-lived, so its table is not logged: after a crash of PostgreSQL it is empty, and a reader may see
    a note again.
    """

    person_id = models.BigIntegerField()
    at = models.DateTimeField()
    note_ids = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [
            models.Index(fields=["person_id", "at"], name="served_to_person"),
            BrinIndex(fields=["at"], name="served_when"),
        ]


class ReaderChoice(models.Model):
    """Whether a reader wants Hot put together for them; without a row nobody has asked them yet.

    `list_id` is their newest list, 0 while there is none.
    """

    person = models.OneToOneField(
        PERSON, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    personal = models.BooleanField()
    list_id = models.BigIntegerField(default=0)
    at = models.DateTimeField()


class HiddenNote(models.Model):
    """A note that a reader is not interested in."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    note = models.ForeignKey("notes.Note", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="hidden_note_once", fields=["person", "note"])]


class HiddenAuthor(models.Model):
    """Somebody whose notes a reader does not want to be shown; nobody is told."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="hidden_author_once", fields=["person", "author"]),
            models.CheckConstraint(
                name="nobody_hides_themselves", condition=~Q(person=models.F("author"))
            ),
        ]


class LessTopic(models.Model):
    """A topic that a reader wants less of."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    topic = models.ForeignKey("notes.Topic", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="less_topic_once", fields=["person", "topic"])]


class PersonalRule(models.Model):
    """One version of the personal ranking's numbers; docs/algorithms/ranking.md gives reasons.

    A note's score is the sum of its features times these weights; the newest version decides.
    """

    version = models.PositiveIntegerField(unique=True)
    quality_weight = models.FloatField()
    fresh_weight = models.FloatField()
    followed_weight = models.FloatField()
    topic_weight = models.FloatField()
    similar_weight = models.FloatField()
    author_weight = models.FloatField()
    shown_weight = models.FloatField()
    variety_weight = models.FloatField()
    half_life_hours = models.FloatField()
    recency = models.FloatField()
    history_days = models.PositiveSmallIntegerField()
    history_size = models.PositiveSmallIntegerField()
    source_size = models.PositiveSmallIntegerField()
    source_days = models.PositiveSmallIntegerField()
    list_size = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shown_and_much_of_one_kind_never_help",
                condition=Q(shown_weight__lte=0) & Q(variety_weight__lte=0),
            ),
            models.CheckConstraint(
                name="personal_ranking_forgets",
                condition=Q(half_life_hours__gt=0) & Q(recency__gt=0) & Q(recency__lte=1),
            ),
        ]


class PersonalList(models.Model):
    """Notes ranked for one reader, best first, and what they were ranked by.

    Ids are packed as little-endian int64; `features` are float32, a row a note in the order of
    `ranker.FEATURES`; `sources` are uint8 with a bit each source. `like_note_ids` and `topic_ids` name
    what of the reader's own spoke most for a note, 0 for none. `near_*` is the wall of nearby topics.
    """

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    rule = models.ForeignKey(PersonalRule, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    note_ids = models.BinaryField()
    author_ids = models.BinaryField()
    features = models.BinaryField()
    sources = models.BinaryField()
    like_note_ids = models.BinaryField()
    topic_ids = models.BinaryField()
    near_note_ids = models.BinaryField()
    near_author_ids = models.BinaryField()
    near_topic_ids = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="lists_of_reader")]


class SimilarModel(models.Model):
    """Which notes the readers of a note also like, as learnt once: packed as little-endian columns.

    `note_ids` (int64, sorted) number the notes; `neighbours` (uint16) and `weights` (float16)
    have a row a note.
    """

    made_at = models.DateTimeField()
    readers = models.PositiveIntegerField()
    acts = models.PositiveIntegerField()
    note_ids = models.BinaryField()
    neighbours = models.BinaryField()
    weights = models.BinaryField()
