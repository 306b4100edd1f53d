"""What the Studio's files say above each column."""

from meadow.analytics.metrics import Metric


def column_name(metric: Metric) -> str:
    """Return the heading of a metric's column, with the unit where the number alone does not say it."""
    return f"{metric.name} (ms)" if metric.unit == "ms" else str(metric.name)
