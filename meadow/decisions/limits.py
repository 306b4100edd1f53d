"""How often one person may do what."""

CHECKS = "60/minute"
APPEALS = "10/hour"
