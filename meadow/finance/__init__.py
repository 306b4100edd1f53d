"""The operator's finance: reading the books, and what two operators change in them."""
