"""What can stand in the way of a note, a like or a comment."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound, PermissionDenied


class NoteMissing(NotFound):
    code = "notes.missing"
    message = _("This note is not here.")
    hint = _("Its author may have removed it.")


class CommentMissing(NotFound):
    code = "notes.comment_missing"
    message = _("This comment is not here.")
    hint = _("It may have been removed.")


class TopicMissing(NotFound):
    code = "notes.topic_missing"
    message = _("No note stands under this topic yet.")
    hint = _("Write one: a # and the word anywhere in its text is enough.")


class TooManyTopicsFollowed(MeadowError):
    status = 422
    code = "notes.too_many_topics_followed"
    message = _("You follow {most} topics, and that is as many as there may be.")
    hint = _("Stop following one that you have had enough of, then follow this one.")


class BoardMissing(NotFound):
    code = "notes.board_missing"
    message = _("This board is not here.")
    hint = _("Its owner may have deleted it, or keeps it to themselves.")


class BoardNameMissing(MeadowError):
    status = 422
    code = "notes.board_name_missing"
    message = _("The board has no name yet.")
    hint = _("Give it a word or two.")


class BoardNameTooLong(MeadowError):
    status = 422
    code = "notes.board_name_too_long"
    message = _("The name has {length} characters, and {most} fit.")
    hint = _("Shorten it, and say the rest in the description.")


class BoardAboutTooLong(MeadowError):
    status = 422
    code = "notes.board_about_too_long"
    message = _("The description has {length} characters, and {most} fit.")
    hint = _("Shorten it a little.")


class BoardNameTaken(Conflict):
    code = "notes.board_name_taken"
    message = _("You have a board called {name} already.")
    hint = _("Choose another name, or use that board.")


class TooManyBoards(MeadowError):
    status = 422
    code = "notes.too_many_boards"
    message = _("You have {most} boards, and that is as many as there may be.")
    hint = _("Delete one that you no longer need; its notes stay saved.")


class BoardFull(MeadowError):
    status = 422
    code = "notes.board_full"
    message = _("The board holds {most} notes, and that is as many as fit.")
    hint = _("Begin another board, or take some notes off this one.")


class TooManyMoved(MeadowError):
    status = 422
    code = "notes.too_many_moved"
    message = _("{count} notes were chosen, and {most} are moved at once.")
    hint = _("Choose fewer, then the next ones.")


class TitleMissing(MeadowError):
    status = 422
    code = "notes.title_missing"
    message = _("The note has no title yet.")
    hint = _("Give it a few words at the top, then publish.")


class TitleTooLong(MeadowError):
    status = 422
    code = "notes.title_too_long"
    message = _("The title has {length} characters, and {most} fit.")
    hint = _("Move some of it into the text.")


class BodyTooLong(MeadowError):
    status = 422
    code = "notes.body_too_long"
    message = _("The text has {length} characters, and {most} fit.")
    hint = _("Shorten it, or make two notes of it.")


class WordsChanged(Conflict):
    code = "notes.words_changed"
    message = _("These words were changed somewhere else in the meantime.")
    hint = _("Yours are still here. Compare them, then save again to keep yours.")


class TooManyPinned(MeadowError):
    status = 422
    code = "notes.too_many_pinned"
    message = _("At most {most} notes stand first on a profile.")
    hint = _("Take one of them from the front, then pin this one.")


class TimeMissing(MeadowError):
    status = 422
    code = "notes.time_missing"
    message = _("There is no time to publish at yet.")
    hint = _("Choose a day and a time, then plan it.")


class TimeUnreadable(MeadowError):
    status = 422
    code = "notes.time_unreadable"
    message = _("This time could not be understood.")
    hint = _("Choose it anew from the calendar.")


class TimeNotThere(MeadowError):
    status = 422
    code = "notes.time_not_there"
    message = _("On that day the clocks skip this hour.")
    hint = _("Choose an hour earlier or later.")


class TimeTooSoon(MeadowError):
    status = 422
    code = "notes.time_too_soon"
    message = _("A note is planned at least {minutes} minutes ahead.")
    hint = _("Choose a later time, or publish it now.")


class TimeTooFar(MeadowError):
    status = 422
    code = "notes.time_too_far"
    message = _("A note is planned at most {days} days ahead.")
    hint = _("Choose an earlier day, or keep it as a draft until then.")


class TooManyScheduled(MeadowError):
    status = 422
    code = "notes.too_many_scheduled"
    message = _("{most} notes are planned already.")
    hint = _("Publish or unplan one of them first.")


class VisibilityUnknown(MeadowError):
    status = 422
    code = "notes.visibility_unknown"
    message = _("A note is for everybody, for followers or for you alone.")
    hint = _("Choose one of the three.")


class PhotosMissing(MeadowError):
    status = 422
    code = "notes.photos_missing"
    message = _("The note has no photo yet.")
    hint = _("Add at least one, then publish.")


class PhotosNotReady(MeadowError):
    status = 409
    code = "notes.photos_not_ready"
    message = _("{count} of the photos are still being prepared.")
    hint = _("Everything is kept. Publish again in a moment.")


class PhotosFailed(MeadowError):
    status = 422
    code = "notes.photos_failed"
    message = _("{count} of the photos could not be used.")
    hint = _("Remove what is marked below, then publish.")


class TooManyPhotos(MeadowError):
    status = 422
    code = "notes.too_many_photos"
    message = _("A note holds at most {most} photos.")
    hint = _("Remove one to make room.")


class LastPhoto(MeadowError):
    status = 409
    code = "notes.last_photo"
    message = _("A published note keeps at least one photo.")
    hint = _("Add another one first, or delete the note.")


class CoverNotReady(MeadowError):
    status = 409
    code = "notes.cover_not_ready"
    message = _("The first photo is the cover, and this one cannot be shown yet.")
    hint = _("Wait until it is ready, then move it to the front.")


class PhotoNotInNote(NotFound):
    code = "notes.photo_not_in_note"
    message = _("This photo is not part of the note.")
    hint = _("Reload to see the note as it stands.")


class VideoNotReady(MeadowError):
    status = 409
    code = "notes.video_not_ready"
    message = _("The video is still on its way or being prepared.")
    hint = _("Everything is kept. Publish again in a moment.")


class VideoFailed(MeadowError):
    status = 422
    code = "notes.video_failed"
    message = _("The video could not be used.")
    hint = _("Remove it, then add another one.")


class VideoNotInNote(NotFound):
    code = "notes.video_not_in_note"
    message = _("This note has no video.")
    hint = _("Reload to see the note as it stands.")


class NoteHoldsPhotos(Conflict):
    code = "notes.holds_photos"
    message = _("This note has photos, and a note has either photos or one video.")
    hint = _("Remove the photos first, or make a note of its own for the video.")


class NoteHoldsVideo(Conflict):
    code = "notes.holds_video"
    message = _("This note has a video, and a note has either photos or one video.")
    hint = _("Remove the video first, or make a note of its own for the photos.")


class VideoStays(Conflict):
    code = "notes.video_stays"
    message = _("A published note keeps its video.")
    hint = _("Delete the note, then publish another one.")


class TooManyTopics(MeadowError):
    status = 422
    code = "notes.too_many_topics"
    message = _("The text names {count} topics, and a note belongs to at most {most}.")
    hint = _("Take the # off some of them.")


class TooManyMentions(MeadowError):
    status = 422
    code = "notes.too_many_mentions"
    message = _("The text names {count} people, and at most {most} are told.")
    hint = _("Take the @ off some of them.")


class MentionRefused(PermissionDenied):
    code = "notes.mention_refused"
    message = _("You cannot mention @{handle}.")
    hint = _("Take the @ off the name, then try again.")


class Blocked(PermissionDenied):
    code = "notes.blocked"
    message = _("You cannot do this with this person's notes.")
    hint = _("One of you has blocked the other.")


class NotYourNote(PermissionDenied):
    code = "notes.not_yours"
    message = _("Only its author can change this note.")
    hint = _("If you are the author, sign in with the account that wrote it.")


class NotYourComment(PermissionDenied):
    code = "notes.comment_not_yours"
    message = _("You cannot delete this comment.")
    hint = _("Its author, the note's author and moderators can.")


class CommentTooOld(Conflict):
    """A comment was written too long ago to change it."""

    code = "notes.comment_too_old"
    message = _("A comment can be changed for {minutes} minutes after it was written.")
    hint = _("You can still delete it and write another one.")


class CommentEmpty(MeadowError):
    status = 422
    code = "notes.comment_empty"
    message = _("There is nothing in the comment yet.")
    hint = _("Write a few words, then send it.")


class CommentTooLong(MeadowError):
    status = 422
    code = "notes.comment_too_long"
    message = _("The comment has {length} characters, and {most} fit.")
    hint = _("Shorten it, or send two.")


class CommentsClosed(PermissionDenied):
    code = "notes.comments_closed"
    message = _("The author of this note has closed its comments.")
    hint = _("What was written before can still be read and liked.")


class CommentsForKnown(PermissionDenied):
    code = "notes.comments_for_known"
    message = _("Under this note, people write who follow the author or whom the author follows.")
    hint = _("Follow the author, then write.")


class CommentOrderGone(Conflict):
    code = "notes.comment_order_gone"
    message = _("The comments have been put in order anew since this page was opened.")
    hint = _("Reload to read on from the top.")


class CommentWeightsUnusable(MeadowError):
    status = 422
    code = "notes.comment_weights_unusable"
    message = _("These weights cannot be used: one is missing or beyond its limits.")
    hint = _("Hours lie from 1 to 8760, points from 0 to 100.")


class TopicOrderGone(Conflict):
    code = "notes.topic_order_gone"
    message = _("The notes have been put in order anew since this page was opened.")
    hint = _("Reload to read on from the top.")


class RepliesAreNotPinned(MeadowError):
    status = 422
    code = "notes.replies_are_not_pinned"
    message = _("A reply cannot be pinned.")
    hint = _("Pin the comment that it stands under.")


class UnknownCommenters(MeadowError):
    status = 422
    code = "notes.unknown_commenters"
    message = _("Comments can come from everyone, from people you know, or from nobody.")
    hint = _("Choose one of the three.")


class TooManyWords(MeadowError):
    status = 422
    code = "notes.too_many_words"
    message = _("The list has {count} words, and {most} fit.")
    hint = _("Take some of them out.")


class WordTooLong(MeadowError):
    status = 422
    code = "notes.word_too_long"
    message = _("“{word}” is longer than {most} characters.")
    hint = _("Shorten it; a part of it is enough.")


class NoteNotPublished(Conflict):
    code = "notes.not_published"
    message = _("This note is not published.")
    hint = _("Publish it first.")


class NoteAlreadyPublished(Conflict):
    code = "notes.already_published"
    message = _("This note has been published in the meantime.")
    hint = _("Reload, then save your changes.")


class NoteStands(Conflict):
    code = "notes.stands"
    message = _("This note is not deleted.")
    hint = _("Delete it first; then it can be removed for good.")


class NoteUnderReview(Conflict):
    code = "notes.under_review"
    message = _("This note is being looked at by those who keep order, or was hidden by them.")
    hint = _("Only you can bring it back. It goes for good when its 30 days are over.")
