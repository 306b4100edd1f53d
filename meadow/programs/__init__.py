"""Programs: who may use a capability, by which rule, and why."""
