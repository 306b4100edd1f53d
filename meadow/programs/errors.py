"""What the programs package refuses, and how to mend it."""
