"""Named patterns for texts: RE2, full match, with an example for the message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A pattern, what it is called, an example."""

    pattern: str
    words: str
    example: str


FORMATS = {
    "email": Format(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "une adresse électronique", "prenom.nom@exemple.fr"),
    "phone": Format(r"(\+33 ?|0)[1-9]([ .-]?[0-9]{2}){4}", "un numéro de téléphone", "01 23 45 67 89"),
    "postal_code": Format(r"[0-9]{5}", "un code postal", "63000"),
    "uai": Format(r"[0-9]{7}[A-Z]", "un numéro UAI", "0631234A"),
}
