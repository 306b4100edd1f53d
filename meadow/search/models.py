"""What search keeps: an index made of the truth, the dictionary of its words, and what people looked for."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from meadow.search.fields import TextListField, TsVectorField

PERSON = settings.AUTH_USER_MODEL


class SearchRule(models.Model):
    """One version of how search ranks and how far it looks; the newest decides.

    A score is `relevance_weight * ln(relevance) + quality_weight * ln(1 + reactions)
    - ln 2 * age / half_life_days`: a product of relevance, quality and recency, as a logarithm.
    """

    version = models.PositiveIntegerField(unique=True)
    title_weight = models.FloatField()
    topic_weight = models.FloatField()
    body_weight = models.FloatField()
    relevance_weight = models.FloatField()
    title_bonus = models.FloatField()
    like_weight = models.FloatField()
    save_weight = models.FloatField()
    comment_weight = models.FloatField()
    quality_weight = models.FloatField()
    half_life_days = models.FloatField()
    # Bounds on what one question costs: notes walked in order, and candidates that are ranked.
    walked_notes = models.PositiveIntegerField()
    candidates = models.PositiveIntegerField()
    # Up to this many notes with the rarest word, all of them are looked at.
    rare_below = models.PositiveIntegerField()
    # A popular search was asked by at least so many people in so many days.
    popular_people = models.PositiveIntegerField()
    popular_days = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="search_weights_lie_within_ranks",
                condition=Q(title_weight__range=(0, 1))
                & Q(topic_weight__range=(0, 1))
                & Q(body_weight__range=(0, 1))
                & Q(relevance_weight__gt=0),
            ),
            models.CheckConstraint(
                name="search_ages_and_is_bounded",
                condition=Q(half_life_days__gt=0)
                & Q(candidates__range=(20, 2000))
                & Q(walked_notes__range=(1000, 200_000)),
            ),
            models.CheckConstraint(
                name="a_popular_search_is_nobodys_alone", condition=Q(popular_people__gte=3)
            ),
        ]


class IndexedNote(models.Model):
    """A note that everybody may see, as search finds it; `prior` is its quality and recency.

    `is_top` is whether it is among the best by prior, which have an inverted index of their own.
    """

    note_id = models.BigIntegerField(primary_key=True)
    words = TsVectorField()
    prior = models.FloatField()
    published_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    is_top = models.BooleanField(default=False, db_default=False)

    class Meta:
        # Without a list of what is pending: every question would read it from end to end.
        indexes = [
            GinIndex(fields=["words"], name="search_note_words", fastupdate=False),
            GinIndex(
                fields=["words"],
                name="search_top_words",
                fastupdate=False,
                condition=Q(is_top=True),
            ),
            models.Index(fields=["prior"], name="search_top_prior", condition=Q(is_top=True)),
            models.Index(fields=["-prior"], name="search_note_prior"),
            models.Index(fields=["-published_at"], name="search_note_recent"),
        ]


class IndexedName(models.Model):
    """A person or topic as search finds it; `keys` find it from a slip in its name."""

    class Kind(models.TextChoices):
        PERSON = "person"
        TOPIC = "topic"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    subject_id = models.BigIntegerField()
    words = TsVectorField()
    keys = TextListField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="indexed_name_once", fields=["kind", "subject_id"]),
        ]
        indexes = [
            GinIndex(fields=["words"], name="search_name_words"),
            GinIndex(fields=["keys"], name="search_name_keys"),
        ]


class Term(models.Model):
    """A lexeme of the index and in how many notes it stands; `keys` find a word from a slip.

    Stems (`~`), topics (`#`) and kinds (`=`) are counted too, without keys: nobody is offered them.
    """

    word = models.CharField(max_length=41, primary_key=True)
    notes = models.IntegerField()
    keys = TextListField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_term_stands_somewhere", condition=Q(notes__gt=0)),
        ]
        indexes = [
            GinIndex(fields=["keys"], name="search_term_keys"),
        ]


class RecentSearch(models.Model):
    """What a person looked for, for their own eyes."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    folded = models.CharField(max_length=100)
    text = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="recent_search_once", fields=["person", "folded"]),
        ]
        indexes = [models.Index(fields=["person", "-at"], name="recent_searches_of_person")]


class SearchHabit(models.Model):
    """Whether a person wants their searches kept; without a row they are."""

    person = models.OneToOneField(
        PERSON, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    keeps_recent = models.BooleanField()


class PopularSearch(models.Model):
    """What many people looked for lately, each counted once; renewed by the hour.

    `is_rising`: it was looked for far more than usual on the last day.
    """

    text = models.CharField(max_length=100, primary_key=True)
    people = models.PositiveIntegerField()
    is_rising = models.BooleanField(default=False, db_default=False)
