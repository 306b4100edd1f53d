"""What the decisions package refuses, and how to mend it."""
