"""What is wrong with answers: a path, a code, parameters; the French text comes late, from one table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from engine.paths import Path
from engine.skeleton import Roles

ERROR, WARNING, INFO = "error", "warning", "info"


class Problem(NamedTuple):
    """One problem. `guards`: roles that may be told, beyond those who read the field."""

    path: Path
    code: str
    params: Mapping[str, Any] = MappingProxyType({})
    level: str = ERROR
    guards: frozenset[Roles] = frozenset()
    slot: int | None = None  # which first-level pick of a cascade
    target: str = ""  # the code of the option concerned

    @property
    def text(self) -> str:
        """The message: the thing, the place, the cause, the remedy."""
        return MESSAGES[self.code].format(**self.params)

    @property
    def missing(self) -> bool:
        """True for what is not there yet, rather than wrong."""
        return self.code in MISSING_CODES


MESSAGES: Mapping[str, str] = {
    # nothing there yet
    "required": "{label} : la réponse manque. {remedy}",
    "row_required": "{row}, {label} : la réponse manque. {remedy}",
    "none_picked": "{label} : rien n'est choisi. Choisissez-en au moins {min}.",
    "few_picked": "{label} : {n} choisi sur {min} attendus. Choisissez-en encore.",
    "no_rows": "{label} : aucune ligne n'est remplie. Remplissez-en au moins {min}.",
    "few_rows": "{label} : {n} ligne remplie sur {min} attendues. Ajoutez-en.",
    "detail": "{option} : la précision manque. Écrivez-la, ou décochez la case.",
    "signature_void": "{label} : ce qui était signé a changé depuis ({who}). Signez de nouveau.",
    # entries that are no answer
    "not_number": "{label} : « {value} » n'est pas un nombre. "
    "Saisissez-le en chiffres, par exemple {example}.",
    "decimals": "{label} : « {value} » a trop de décimales. Saisissez-en {decimals} au plus.",
    "whole": "{label} : « {value} » n'est pas un nombre entier. Saisissez-le sans virgule.",
    "not_date": "{label} : « {value} » n'est pas une date. Saisissez une date comme 28/02/2027.",
    "no_such_day": "{label} : le {day} n'existe pas. Saisissez une date comme 28/02/2027.",
    "not_time": "{label} : « {value} » n'est pas une heure. Saisissez une heure comme 14 h 30.",
    "no_such_time": "{label} : {value} n'existe pas. Saisissez une heure comme 14 h 30.",
    "too_long": "{label} : {n} caractères. Retirez-en au moins {over}.",
    "format": "{label} : « {value} » n'est pas {words}. Saisissez-la comme {example}.",
    "pattern": "{label} : « {value} » n'a pas la forme attendue. {remedy}",
    "damaged": "{label} : la réponse enregistrée ne peut pas être lue. Saisissez-la de nouveau.",
    # judged answers
    "min": "{label} : {value} est au-dessous de {bound}. Saisissez un nombre d'au moins {bound}.",
    "max": "{label} : {value} dépasse la limite de {bound}. Saisissez un nombre de {low} à {bound}.",
    "max_alone": "{label} : {value} dépasse la limite de {bound}. Saisissez un nombre plus petit.",
    "before": "{label} : le {value} est avant le {bound}. Vérifiez la date.",
    "after": "{label} : le {value} est après le {bound}. Vérifiez la date.",
    "earlier": "{label} : {value} est avant {bound}. Vérifiez l'heure.",
    "later": "{label} : {value} est après {bound}. Vérifiez l'heure.",
    "many_picked": "{label} : {n} choix, la limite est de {max}. Retirez-en {over}.",
    "same_pick": "{place} : « {option} » est déjà choisi au n° {other}. "
    "Choisissez-en un autre, ou videz le n° {n}.",
    "details_many": "{option} : {n} précisions, la limite est de {max}. Retirez-en {over}.",
    "detail_long": "{option} : {n} caractères. Retirez-en au moins {over}.",
    "many_rows": "{label} : {n} lignes, la limite est de {max}. Retirez-en {over}.",
    "distinct": "{row} : c'est la même ligne que {other}. Retirez l'une des deux.",
    # what a person could not have entered
    "not_offered": "{label} : ce choix n'est pas proposé ici ; il n'a pas été enregistré. "
    "Choisissez dans la liste.",
    "not_writable": "{label} : cette réponse ne se modifie pas ici ; elle n'a pas été enregistrée.",
    "unknown_field": "« {value} » n'est pas un champ de cette étape ; cette entrée n'a pas été enregistrée.",
    "late": "« {label} » n'est plus là dans ce formulaire, qui a changé depuis que cette page a été ouverte. "
    "Votre texte, à reprendre, est gardé avec le document : {value}",
    "malformed": "{label} : l'envoi ne peut pas être lu ; cette réponse n'a pas été enregistrée. "
    "Rechargez la page.",
    "not_signer": "{label} : cette signature ne vous est pas demandée ; rien n'a été signé.",
    "signed_already": "{label} : déjà signé ({who}) ; rien n'a changé.",
    "not_withdrawn": "{label} : seule la personne qui a signé peut retirer sa signature.",
    "file_empty": "{label} : « {name} » est vide ; il n'a pas été joint. Vérifiez ce fichier, puis "
    "choisissez-le de nouveau.",
    "file_large": "{label} : « {name} » dépasse {max} Mo ; il n'a pas été joint. Réduisez-le, puis "
    "choisissez-le de nouveau.",
    "file_kind": "{label} : « {name} » n'est pas d'un type accepté ici ; il n'a pas été joint. Choisissez un "
    "fichier {accepted}.",
    "file_false": "{label} : « {name} » ne contient pas un fichier {kind} lisible ; il n'a pas été joint. "
    "Enregistrez-le de nouveau dans ce format, puis choisissez-le.",
    "files_many": "{label} : « {name} » n'a pas été joint, la limite est de {max} fichiers. Retirez-en un "
    "d'abord.",
    "rows_refused": "{label} : ces lignes ne se modifient pas ainsi ; elles n'ont pas été enregistrées.",
    # the form's own
    "form": "{message}",
    "unreadable": "Une réponse que vous ne pouvez pas lire est à compléter ou à corriger. "
    "Prévenez un responsable.",
}
MISSING_CODES = frozenset(
    {
        "required",
        "signature_void",
        "row_required",
        "none_picked",
        "few_picked",
        "no_rows",
        "few_rows",
        "detail",
    }
)
FILE_CODES = frozenset({"file_empty", "file_large", "file_kind", "file_false", "files_many"})
REFUSED_CODES = FILE_CODES | frozenset(
    {
        "not_offered",
        "not_writable",
        "unknown_field",
        "late",
        "malformed",
        "rows_refused",
        "not_signer",
        "signed_already",
        "not_withdrawn",
    }
)
