"""What the feed keeps: the versioned rule of Hot, the walls ranked by it, and what arrived since."""

from django.db import models
from django.db.models import Q


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
    """

    rule = models.ForeignKey(RankingRule, on_delete=models.PROTECT, related_name="+")
    ranked_at = models.DateTimeField()
    community_rate = models.FloatField()
    note_ids = models.BinaryField()
    author_ids = models.BinaryField()
    pool_ids = models.BinaryField()
    pool_author_ids = models.BinaryField()


class Newcomer(models.Model):
    """A note published moments ago, which walls ranked before it do not know."""

    note_id = models.BigIntegerField(unique=True)
    author_id = models.BigIntegerField()
    published_at = models.DateTimeField()
