"""What an order truly added: a randomised holdout, ghost impressions, and an interval that may be watched."""
