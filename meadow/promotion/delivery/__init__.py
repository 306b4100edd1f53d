"""Delivery: what web processes hold and serve, and what paces it. See docs/algorithms/delivery.md."""
