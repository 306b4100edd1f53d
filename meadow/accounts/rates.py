"""How often one person may do what: generous for people, tight for scripts."""

TIES = "60/minute"
PROFILE = "30/minute"
TOKENS = "10/minute"
FORGET = "10/hour"
BEARER_CALLS = "600/minute"
