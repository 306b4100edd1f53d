"""The registry of metrics: packages above add theirs, and every name is said in both languages."""

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from meadow.analytics import metrics as registry
from meadow.analytics.errors import MetricUnknown
from meadow.analytics.metrics import (
    Cells,
    Metric,
    Question,
    Ratio,
    Source,
    get_metric,
    list_metrics,
    register,
)
from meadow.analytics.readings import read_series, read_totals
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import feed
from meadow.analytics.warehouse.store import Store

SINCE, UNTIL = dt.date(2026, 3, 3), dt.date(2026, 3, 9)
AUTHOR = 7
EVERY = [metric.key for metric in list_metrics()]


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_metrics", dict(registry._metrics))


def test_a_package_above_adds_its_own_metrics(asked: Store, own_registry: None) -> None:
    heard: list[Question] = []

    def read_sales(question: Question) -> dict[Any, int]:
        heard.append(question)
        return {SINCE: 3, UNTIL: 4} if question.by == "day" else {0: 7}

    register(Metric("product_clicks", "Product clicks", "", "count", Cells(("product_click",))))
    register(Metric("sales", "Sales", "", "count", Source(read_sales)))
    at = int(dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC).timestamp() * 1000)
    feed(asked, [make_fact(kind="product_click", author_id=AUTHOR, at=at)])
    asked_for: dict[str, Any] = {
        "metrics": ["product_clicks", "sales"],
        "author_id": AUTHOR,
        "since": SINCE,
        "until": UNTIL,
    }

    totals = read_totals(**asked_for)
    days = read_series(**asked_for, by="day")

    assert totals.values == {"product_clicks": 1, "sales": 7}
    assert [values["sales"] for _day, values in days.rows] == [3, 0, 0, 0, 0, 0, 4]
    assert heard[0] == Question(AUTHOR, None, SINCE, UNTIL, None)


def test_a_metric_is_registered_once_and_of_known_parts(own_registry: None) -> None:
    with pytest.raises(ValueError, match="registered already"):
        register(Metric("likes", "Likes", "", "count", Cells(("like", "save"))))
    with pytest.raises(MetricUnknown):
        register(Metric("odd", "Odd", "", "ratio", Ratio("likes", "wishes")))
    with pytest.raises(ValueError, match="made itself"):
        register(Metric("odd", "Odd", "", "ratio", Ratio("ctr", "likes")))

    register(get_metric("likes"))
    assert "odd" not in [metric.key for metric in list_metrics()]


def test_names_and_units_are_said_in_both_languages(words: None) -> None:
    said: dict[str, dict[str, str]] = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said[language] = {
                metric.key: f"{metric.name} {metric.explanation}" for metric in list_metrics()
            }

    same = [key for key in EVERY if said["en"][key] == said["zh-hans"][key]]
    assert same == []
    assert said["zh-hans"]["reads_valid"].startswith("有效阅读")
