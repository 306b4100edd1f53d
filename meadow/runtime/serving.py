"""How the web is served: the figures that `meadow web` and its bench share."""

# One process a core computes; its threads wait for PostgreSQL, for files and for password hashes,
# all of which let go of Python's lock. Three processes of two threads served a tenth less.
WORKERS = 2
THREADS = 4
BACKPRESSURE = 64
