"""Always-valid (time-uniform) intervals: right at every look, however often somebody looks."""
