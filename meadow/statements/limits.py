"""How often files are made, and how long a PDF may be."""

from typing import Final

# A file reads a whole month; a PDF takes about two seconds of a processor for 10,000 lines.
FILES: Final = "60/minute"
PRINTED: Final = "20/minute"
MOST_PRINTED: Final = 20_000
# Many lines of a day are printed as one, but all of them are read.
MOST_READ: Final = 200_000
