"""News for one person: kept, shown at the bell, sent by e-mail when wanted."""
