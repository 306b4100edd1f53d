"""Money that leaves: payee details, payouts, batches that two people make, and what providers did."""
