"""django-oscar lists its catalogue through a search server; this one answers from PostgreSQL at once.

It is cheaper than any real backend: one count, and one page of products with all they need, where
django-oscar itself would load them one by one. So it favours the peer.
"""

from typing import Any

from haystack.backends import (  # type: ignore[import-untyped]
    BaseEngine,
    BaseSearchBackend,
    BaseSearchQuery,
)
from haystack.models import SearchResult  # type: ignore[import-untyped]


class NewestBackend(BaseSearchBackend):  # type: ignore[misc]
    """Finds browsable products, newest first, whatever is asked."""

    def search(self, query_string: str, **options: Any) -> dict[str, Any]:
        """Return one page of products and how many there are."""
        from oscar.core.loading import get_model

        model = get_model("catalogue", "Product")
        products = model.objects.browsable().order_by("-pk")
        start, end = options.get("start_offset") or 0, options.get("end_offset")
        hits = products.count()
        if end is None:  # only the number is wanted
            return {"results": [], "hits": hits, "facets": {}}
        results = []
        for product in products.base_queryset()[start:end]:
            result = SearchResult("catalogue", "product", product.pk, 0)
            result._object = product
            results.append(result)
        return {"results": results, "hits": hits, "facets": {}}


class NewestQuery(BaseSearchQuery):  # type: ignore[misc]
    """A query that asks for everything."""

    def build_query(self) -> str:
        """Return the one query there is."""
        return "*"


class NewestEngine(BaseEngine):  # type: ignore[misc]
    """Ties the two together."""

    backend = NewestBackend
    query = NewestQuery
