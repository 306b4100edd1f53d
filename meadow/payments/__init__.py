"""Money that comes in and goes back: wallets, payments by providers, refunds."""
