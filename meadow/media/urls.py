"""Addresses of the media package."""

from django.urls import path, re_path
from django.urls.resolvers import URLPattern

from meadow.media import views
from meadow.media.video import serving

_VIDEO = r"^media/(?P<public_id>u[1-9A-Za-z]{14})"

urlpatterns: list[URLPattern] = [
    path("media/<str:public_id>/progress", views.progress, name="media_progress"),
    path("media/<str:public_id>/<slug:label>.webp", views.rendition, name="media_rendition"),
    *(
        path(
            f"media/<str:public_id>/<slug:label>.{ending}",
            serving.video_file,
            {"ending": ending},
            name=f"media_{ending}",
        )
        for ending in serving.TYPES
    ),
    re_path(
        rf"{_VIDEO}/captions/(?P<language>[A-Za-z-]{{2,12}})\.vtt$",
        serving.captions,
        name="media_captions",
    ),
    re_path(rf"{_VIDEO}/video$", serving.progress, name="media_video_progress"),
]
