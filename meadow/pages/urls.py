"""Addresses of pages composed of several packages."""

from django.urls import path, re_path
from django.urls.resolvers import URLPattern

from meadow.pages import boards, embeds, sitemaps, topics, views

urlpatterns: list[URLPattern] = [
    re_path(r"^n/(?P<public_id>n[1-9A-Za-z]{14})$", views.note, name="note"),
    re_path(r"^embed/n/(?P<public_id>n[1-9A-Za-z]{14})$", embeds.embed, name="embed"),
    path("oembed", embeds.oembed, name="oembed"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<str:section>-<int:number>.xml", sitemaps.file, name="sitemap_file"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("topics", topics.index, name="topics"),
    re_path(r"^t/(?P<slug>[^/]{1,40})$", topics.topic, name="topic"),
    re_path(r"^b/(?P<public_id>b[1-9A-Za-z]{14})$", boards.board, name="board"),
    path("@<str:handle>/boards", boards.boards, name="boards"),
    path("@<str:handle>", views.profile, name="profile"),
    path("@<str:handle>/saved", views.saved, name="saved"),
]
