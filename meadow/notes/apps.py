"""Registers the notes package with Django, and its rules with the packages below."""

from django.apps import AppConfig


class NotesConfig(AppConfig):
    name = "meadow.notes"
    label = "notes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell media who may see note photos, analytics note names, programs figures, and what is news."""
        from meadow.analytics import subjects
        from meadow.media import access
        from meadow.notes import comment_kinds, criteria, news, queries
        from meadow.notifications.kinds import register

        for kind in (*news.KINDS, *comment_kinds.KINDS):
            register(kind)
        access.register("note_photo", queries.visible_upload_ids)
        access.register("note_video", queries.visible_video_ids)
        subjects.register_note_resolver(
            queries.name_notes, find=queries.find_note_id, find_many=queries.find_published
        )
        criteria.register()
        self._moderate()

    def _moderate(self) -> None:
        """Tell integrity how a reported note or comment looks, and how it is hidden."""
        from meadow.integrity.moderation import people, subjects
        from meadow.notes.moderated import COMMENTS, NOTES, register_texts
        from meadow.notes.services.withdrawing import follow_person

        subjects.register("note", NOTES)
        subjects.register("comment", COMMENTS)
        people.follow_hiding(follow_person)
        register_texts()
