"""django-hordak, the peer of `meadow bench ledger`."""
