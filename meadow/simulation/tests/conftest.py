"""What the engine tests need: committed rows, and the first ranking rule, which their end wipes."""

from importlib import import_module

import pytest
from django.apps import apps

from meadow.feed.models import RankingRule


@pytest.fixture
def rules(transactional_db: None) -> None:
    """The ranking rule that the migration made, which a flush between tests takes away."""
    first = import_module("meadow.feed.migrations.0002_first_ranking_rule")
    if not RankingRule.objects.exists():
        first.add_rule(apps, None)
