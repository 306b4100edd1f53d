"""How a note came into its slot, as sealed tokens say it: add at the end, never reorder."""

from typing import Final

RANKED: Final = 1  # taken from the ranking that everybody has
EXPLORED: Final = 2  # taken from the notes that few have been shown
OWN: Final = 3  # taken from the reader's own list
FOLLOWED: Final = 4  # by somebody they follow
NEAR: Final = 5  # under a topic near those they read
PAID: Final = 6  # somebody paid for the place

NAMES: Final = {
    RANKED: "ranked",
    EXPLORED: "explored",
    OWN: "own",
    FOLLOWED: "followed",
    NEAR: "near",
    PAID: "paid",
}
