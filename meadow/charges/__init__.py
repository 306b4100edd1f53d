"""Charges that a person authorises: asked for by an operator's software, agreed to, captured, given back."""
