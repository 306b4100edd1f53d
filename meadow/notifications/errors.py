"""What the notifications package refuses, and how to mend it."""
