"""Why a request isn't answered as asked: the exceptions that use cases raise. No web framework here.

`web.errors` holds the one table from these to a status and a page. Texts are French sentences for the
person: thing, place, cause, remedy; never a value that another person typed.
"""

from __future__ import annotations


class Failure(Exception):
    """Base of the family; `text` is shown, "" for the page's own words."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        super().__init__(text)


class NotFound(Failure):
    """No such thing, or a thing of another place: the two answers are the same, so there is no text."""

    def __init__(self) -> None:
        super().__init__()


class Refused(Failure):
    """The thing may be seen, but this may not be done: `text` is the reason."""


class Stale(Failure):
    """The thing changed since the page was shown."""


class BadRequest(Failure):
    """What was sent can't be understood."""


class CutUpload(BadRequest):
    """A form with files came broken. `pairs`: the texts that had come whole."""

    def __init__(self, text: str, pairs: tuple[tuple[str, str], ...]) -> None:
        self.pairs = pairs
        super().__init__(text)


class Expired(Failure):
    """Nobody is signed in, or no longer."""


class Forged(Failure):
    """The request doesn't come from a page of ours, or from one that is out of date."""


class UnknownHost(Failure):
    """The site was called by a name that isn't its own."""


class TooLarge(Failure):
    """The body is over the limit."""


class Unsupported(Failure):
    """The body has a type that nothing here reads."""


class TooSlow(Failure):
    """The body didn't arrive in time."""


class ClientGone(Exception):
    """The browser left before its request was whole: nobody waits for an answer."""
