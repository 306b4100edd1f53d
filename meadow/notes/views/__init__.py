"""Pages and fragments of notes: the editor, reactions, comments."""
