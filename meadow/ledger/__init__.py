"""The double-entry ledger: accounts, transfers, entries and holds, of money and of promised impressions."""
