"""Reports of notes, comments and people, the queue of those who keep order, and what they decide."""
