"""How much of everything; the database holds the same figures where it can."""

import datetime as dt

TITLE_LENGTH = 60
BODY_LENGTH = 5000
COMMENT_LENGTH = 500
DESCRIPTION_LENGTH = 200
MOST_PHOTOS = 9
MOST_TOPICS = 10
MOST_MENTIONS = 20
MOST_TOPICS_FOLLOWED = 500
BOARD_NAME_LENGTH = 40
BOARD_ABOUT_LENGTH = 300
MOST_BOARDS = 200
MOST_IN_BOARD = 5000
MOST_MOVED = 100

SCHEDULE_SOONEST = dt.timedelta(minutes=15)
SCHEDULE_FURTHEST = dt.timedelta(days=90)
MOST_SCHEDULED = 50
MOST_PINNED = 3
RESTORE_WITHIN = dt.timedelta(days=30)

NOTES_RATE = "60/hour"
COMMENTS_RATE = "30/minute"
REACTIONS_RATE = "120/minute"
BOARDS_RATE = "60/minute"
DRAFT_SAVES_RATE = "240/minute"

COMMENT_WORDS = 200
COMMENT_WORD_LENGTH = 40
COMMENT_RULES_RATE = "60/minute"
NEWS_RATE = "120/minute"
# A comment is changed so long after it was written, and no more: who answered it answered that.
COMMENT_EDIT_WITHIN = dt.timedelta(minutes=60)
