"""Promotion: the engines that decide who is shown a promoted note, at what price, and what it added."""
