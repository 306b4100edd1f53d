"""Who may be reached: definitions, exact sizes, membership, and the floor against singling out."""
