"""Short films of the demo, drawn by `draw.py`, with captions in both languages."""
