"""What a difference is made of: a change, its class, whom it hurts; and what it is about, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.drafting import version_key

CLASSES = ("patch", "minor", "major", "impossible")
PATCH, MINOR, MAJOR, IMPOSSIBLE = CLASSES

DRAFTS = "les brouillons"
DOCUMENTS = "les documents en cours"
EXPORTS = "les exports"
NEW = "les nouveaux documents"
PRIVACY = "les personnes dont parlent les documents"


@dataclass(frozen=True)
class Change:
    """One change between two definitions.

    `path`: ids, dotted; `what`: a stable word; `kind`: one of CLASSES; `sentence`, `hurts` and `remedy`
    are in French; `affects`: static paths of the fields whose behaviour changes.
    """

    path: str
    what: str
    kind: str
    sentence: str
    hurts: tuple[str, ...] = ()
    remedy: str = ""
    affects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thing:
    """What a change is about: its path, its name with the article, its gender."""

    path: str
    name: str
    feminine: bool = False
    affects: tuple[str, ...] = ()

    @property
    def e(self) -> str:
        """The mark of the feminine, for what agrees with the name."""
        return "e" if self.feminine else ""

    @property
    def of(self) -> str:
        """The name after « de ».

        >>> Thing("duree", "le champ « Durée »").of
        'du champ « Durée »'
        """
        for article, contracted in (("le ", "du "), ("les ", "des "), ("une ", "d'une ")):
            if self.name.startswith(article):
                return contracted + self.name.removeprefix(article)
        return f"de {self.name}"

    @property
    def to(self) -> str:
        """The name after « à »."""
        for article, contracted in (("le ", "au "), ("les ", "aux ")):
            if self.name.startswith(article):
                return contracted + self.name.removeprefix(article)
        return f"à {self.name}"

    def does(self, what: str, kind: str, words: str, *hurts: str, remedy: str = "") -> Change:
        """Say a change as a sentence whose subject is this thing.

        >>> Thing("duree", "le champ « Durée »").does("required", "major", "est obligatoire").sentence
        'Le champ « Durée » est obligatoire.'
        """
        return self.says(what, kind, f"{self.name} {words}", *hurts, remedy=remedy)

    def says(self, what: str, kind: str, words: str, *hurts: str, remedy: str = "") -> Change:
        """Say a change about this thing, whatever the sentence's subject."""
        return Change(self.path, what, kind, capital(f"{words}."), hurts, remedy, self.affects)


def capital(text: str) -> str:
    """Begin a text with a capital, leaving the rest alone."""
    return text[:1].upper() + text[1:]


def cut(text: object, limit: int = 90) -> str:
    """Quote a text, shortened for a sentence.

    >>> cut("Durée envisagée")
    '« Durée envisagée »'
    """
    words = " ".join(str(text).split())
    return f"« {words if len(words) <= limit else words[: limit - 1].rstrip() + '…'} »"


def worst(changes: Iterable[Change]) -> str | None:
    """Give the gravest class among changes, None when there is none."""
    kinds = {change.kind for change in changes}
    return next((kind for kind in reversed(CLASSES) if kind in kinds), None)


def next_version(version: str, changes: Iterable[Change]) -> str:
    """Give the version number that changes demand; an impossible change counts as a major one.

    >>> next_version("1.4.2", [Change("a", "required", "major", "…")])
    '2.0.0'
    """
    major, minor, patch = version_key(version)
    match worst(changes):
        case None:
            return version
        case "patch":
            return f"{major}.{minor}.{patch + 1}"
        case "minor":
            return f"{major}.{minor + 1}.0"
    return f"{major + 1}.0.0"
