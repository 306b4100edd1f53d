"""The operator's bench: drafts, dry runs, stages, people and what opens or closes a program."""
