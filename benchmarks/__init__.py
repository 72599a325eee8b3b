"""The bench: Canevas against libraries and code written by hand, both sides in one run."""
