"""Writes of notes, by noun: drafts, publishing, photos, reactions, topics, comments."""

from meadow.notes.services.boards import (
    create_board,
    delete_board,
    edit_board,
    move_board_to_front,
    move_to_board,
    put_on_board,
    take_many_off_board,
    take_off_board,
)
from meadow.notes.services.comment_acts import (
    choose_commenters,
    keep_words_out,
    like_comment,
    pin_comment,
    unlike_comment,
    unpin_comment,
)
from meadow.notes.services.comment_edits import edit_comment
from meadow.notes.services.comment_news import (
    announce_to_readers,
    tell_of_comment,
    tell_of_comment_like,
)
from meadow.notes.services.comment_order import (
    forget_old_orders,
    order_comments,
    weights_in_force,
)
from meadow.notes.services.comment_readers import watch_note
from meadow.notes.services.comment_weights import LIMITS as COMMENT_WEIGHT_LIMITS
from meadow.notes.services.comment_weights import LONGEST_NOTE as LONGEST_WEIGHTS_NOTE
from meadow.notes.services.comment_weights import (
    CommentWeightsVersion,
    change_comment_weights,
    list_weights,
)
from meadow.notes.services.comments import add_comment, delete_comment, release_comment
from meadow.notes.services.deleting import (
    bring_back_note,
    delete_for_good,
    delete_note,
    purge_deleted,
)
from meadow.notes.services.drafts import ensure_draft, save_draft
from meadow.notes.services.mentions import tell_mentioned
from meadow.notes.services.photos import (
    attach_photo,
    detach_photo,
    move_photo,
    reorder_photos,
    set_photos,
)
from meadow.notes.services.pinning import pin_note, set_pins, unpin_note
from meadow.notes.services.publishing import edit_note, publish_note
from meadow.notes.services.reactions import like_note, save_note, unlike_note, unsave_note
from meadow.notes.services.scheduling import (
    cancel_schedule,
    enqueue_due,
    publish_scheduled,
    schedule_note,
)
from meadow.notes.services.topic_order import (
    forget_old_topic_orders,
    order_missing_topics,
    order_topic,
    order_topics_of_note,
)
from meadow.notes.services.topics import follow_topic, unfollow_topic
from meadow.notes.services.videos import attach_video, choose_still, detach_video, set_cover
from meadow.notes.services.visibility import change_visibility

__all__ = [
    "COMMENT_WEIGHT_LIMITS",
    "LONGEST_WEIGHTS_NOTE",
    "CommentWeightsVersion",
    "add_comment",
    "announce_to_readers",
    "attach_photo",
    "attach_video",
    "bring_back_note",
    "cancel_schedule",
    "change_comment_weights",
    "change_visibility",
    "choose_commenters",
    "choose_still",
    "create_board",
    "delete_board",
    "delete_comment",
    "delete_for_good",
    "delete_note",
    "detach_photo",
    "detach_video",
    "edit_board",
    "edit_comment",
    "edit_note",
    "enqueue_due",
    "ensure_draft",
    "follow_topic",
    "forget_old_orders",
    "forget_old_topic_orders",
    "keep_words_out",
    "like_comment",
    "like_note",
    "list_weights",
    "move_board_to_front",
    "move_photo",
    "move_to_board",
    "order_comments",
    "order_missing_topics",
    "order_topic",
    "order_topics_of_note",
    "pin_comment",
    "pin_note",
    "publish_note",
    "publish_scheduled",
    "purge_deleted",
    "put_on_board",
    "release_comment",
    "reorder_photos",
    "save_draft",
    "save_note",
    "schedule_note",
    "set_cover",
    "set_photos",
    "set_pins",
    "take_many_off_board",
    "take_off_board",
    "tell_mentioned",
    "tell_of_comment",
    "tell_of_comment_like",
    "unfollow_topic",
    "unlike_comment",
    "unlike_note",
    "unpin_comment",
    "unpin_note",
    "unsave_note",
    "watch_note",
    "weights_in_force",
]
