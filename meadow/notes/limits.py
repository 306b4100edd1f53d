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

SCHEDULE_SOONEST = dt.timedelta(minutes=15)
SCHEDULE_FURTHEST = dt.timedelta(days=90)
MOST_SCHEDULED = 50

NOTES_RATE = "60/hour"
COMMENTS_RATE = "30/minute"
REACTIONS_RATE = "120/minute"
DRAFT_SAVES_RATE = "240/minute"
