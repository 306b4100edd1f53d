"""How often one person may do what."""

CODES = "10/minute"
