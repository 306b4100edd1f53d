"""How much of everything; the database holds the same figures where it can."""

TITLE_LENGTH = 60
BODY_LENGTH = 5000
COMMENT_LENGTH = 500
DESCRIPTION_LENGTH = 200
MOST_PHOTOS = 9
MOST_TOPICS = 10
MOST_MENTIONS = 20

NOTES_RATE = "60/hour"
COMMENTS_RATE = "30/minute"
REACTIONS_RATE = "120/minute"
DRAFT_SAVES_RATE = "240/minute"
