"""Addresses of the notes package; the note's own page is in pages."""

from django.urls import path, re_path
from django.urls.resolvers import URLPattern

from meadow.notes.views import boards, comments, editor, life, reactions, topics, video, weights

_NOTE = r"^n/(?P<public_id>n[1-9A-Za-z]{14})"
_BOARD = r"^b/(?P<public_id>b[1-9A-Za-z]{14})"

urlpatterns: list[URLPattern] = [
    path("new", editor.new, name="note_new"),
    path("me/drafts", editor.drafts, name="note_drafts"),
    path("operator/comments/weights", weights.comment_weights, name="comment_weights"),
    path("me/deleted", life.deleted, name="note_deleted"),
    re_path(rf"{_NOTE}/history$", life.history, name="note_history"),
    re_path(rf"{_NOTE}/purge$", life.purge, name="note_purge"),
    re_path(rf"{_NOTE}/restore$", life.restore, name="note_restore"),
    re_path(rf"{_NOTE}/(?P<pinning>pin|unpin)$", life.pin, name="note_pin"),
    re_path(rf"{_NOTE}/edit$", editor.edit, name="note_edit"),
    re_path(rf"{_NOTE}/draft$", editor.autosave, name="note_autosave"),
    re_path(rf"{_NOTE}/delete$", editor.delete, name="note_delete"),
    re_path(rf"{_NOTE}/video$", video.panel, name="note_video"),
    re_path(rf"{_NOTE}/video/add$", video.add, name="note_video_add"),
    re_path(rf"{_NOTE}/video/remove$", video.remove, name="note_video_remove"),
    re_path(rf"{_NOTE}/video/cover$", video.cover, name="note_video_cover"),
    re_path(rf"{_NOTE}/video/captions$", video.add_captions, name="note_video_captions"),
    re_path(
        rf"{_NOTE}/video/captions/(?P<language>[A-Za-z-]{{2,12}})/remove$",
        video.remove_captions,
        name="note_video_captions_remove",
    ),
    re_path(rf"{_NOTE}/photos$", editor.add_photos, name="note_photos"),
    re_path(rf"{_NOTE}/photos/order$", editor.order_photos, name="note_photo_order"),
    re_path(
        rf"{_NOTE}/photos/(?P<upload_id>u[1-9A-Za-z]{{14}})/(?P<act>remove|left|right)$",
        editor.change_photo,
        name="note_photo_change",
    ),
    re_path(rf"{_NOTE}/(?P<act>like|unlike|save|unsave)$", reactions.react, name="note_react"),
    re_path(rf"{_NOTE}/comments$", comments.listing, name="note_comments"),
    re_path(rf"{_NOTE}/comments/add$", comments.add, name="note_comment_add"),
    re_path(
        r"^t/(?P<slug>[^/]{1,40})/(?P<act>follow|unfollow)$", topics.follow, name="topic_follow"
    ),
    re_path(rf"{_NOTE}/boards$", boards.sheet, name="note_boards"),
    path("me/boards/new", boards.new, name="board_new"),
    re_path(rf"{_BOARD}/edit$", boards.edit, name="board_edit"),
    re_path(rf"{_BOARD}/arrange$", boards.arrange, name="board_arrange"),
    re_path(rf"{_BOARD}/delete$", boards.delete, name="board_delete"),
    re_path(rf"{_BOARD}/front$", boards.to_front, name="board_front"),
    re_path(rf"{_NOTE}/comments/news$", comments.news, name="note_comment_news"),
    re_path(rf"{_NOTE}/comments/fresh$", comments.fresh, name="note_comments_fresh"),
    re_path(rf"{_NOTE}/comments/rules$", comments.rules, name="note_comment_rules"),
    path("settings/comments", comments.words, name="comment_words"),
    re_path(
        r"^comments/(?P<public_id>c[1-9A-Za-z]{14})/(?P<act>like|unlike|pin|unpin|release)$",
        comments.act,
        name="comment_act",
    ),
    path("comments/<str:public_id>/replies", comments.replies, name="comment_replies"),
    path("comments/<str:public_id>/edit", comments.edit, name="comment_edit"),
    path("comments/<str:public_id>/edits", comments.earlier, name="comment_edits"),
    path("comments/<str:public_id>/delete", comments.delete, name="comment_delete"),
]
