"""Videos: how they arrive in pieces, are judged, become HLS, and are served."""
