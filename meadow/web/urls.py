"""Every address of the site, in one table."""

from django.urls import include, path

from meadow.feed.views import hot
from meadow.web import views
from meadow.web.api import api

urlpatterns = [
    # The page asked for most; the rest of its package is found behind some two hundred patterns.
    path("", hot, name="hot"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/v1/", views.api_root, name="api_root"),
    path("api/v1/", api.urls),
    path("api/docs", views.api_docs, name="api_docs"),
    path("accounts/", include("allauth.urls")),
    path("", include("meadow.analytics.urls")),
    path("", include("meadow.media.urls")),
    path("", include("meadow.notes.urls")),
    path("", include("meadow.feed.urls")),
    path("", include("meadow.search.urls")),
    path("", include("meadow.pages.urls")),
    path("", include("meadow.accounts.urls")),
    path("", include("meadow.notifications.urls")),
    path("", include("meadow.decisions.urls")),
    path("", include("meadow.integrity.urls")),
    path("", include("meadow.finance.urls")),
    path("", include("meadow.payments.urls")),
    path("", include("meadow.charges.urls")),
    path("", include("meadow.payouts.urls")),
    path("", include("meadow.statements.urls")),
    path("", include("meadow.programs.urls")),
    path("", include("meadow.programs.operator.urls")),
    path("", include("meadow.promotion.urls")),
    path("", include("meadow.promotion.operator_urls")),
    path("", include("meadow.studio.urls")),
    path("", include("meadow.demo.urls")),
]

handler400 = "meadow.web.views.bad_request"
handler403 = "meadow.web.views.forbidden"
handler404 = "meadow.web.views.not_found"
handler500 = "meadow.web.views.server_error"
# allauth looks here for what to say when its own limits refuse.
handler429 = "meadow.core.problems.too_many_requests"
