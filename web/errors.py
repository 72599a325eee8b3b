"""One table from exceptions to the page shown: status, thing, cause, remedy. The gate answers with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from litestar.exceptions import HTTPException

from renderers.pages import Button, ErrorPage, UnsavedPage
from storage.base import Busy, NotJson, OutcomeUnknown, StaleRevision, StoreBroken, StoreFull
from web import failures

Table = Mapping[type[Exception], Callable[[Exception], ErrorPage]]

HOME = Button("Revenir à l'accueil", "/", main=True)
SIGN_IN = Button("Se connecter", "/connexion", main=True)


def describe(fault: Exception, incident: str, table: Table) -> ErrorPage:
    """Return the page of an exception, from `PAGES` or `READING`; what they don't know is an incident."""
    if isinstance(fault, HTTPException) and fault.status_code < 500:
        return _of_framework(fault.status_code)
    kind = next((kind for kind in type(fault).__mro__ if kind in table), None)
    return table[kind](fault) if kind else unexpected(incident)


def unsaved(page: ErrorPage, url: str, pairs: Sequence[tuple[str, str]]) -> UnsavedPage:
    """Keep on screen what a post said and couldn't be taken; without `url`, it can't be sent as it is."""
    texts = [value for name, value in pairs if not name.startswith("_") and len(value.split()) > 1]
    return UnsavedPage(
        page.status,
        page.title,
        page.text,
        "Ce que vous avez envoyé est gardé dans cette page, et nulle part ailleurs : ne la fermez pas. "
        f"{page.remedy}",
        url,
        tuple(pairs) if url else (),
        tuple(texts),
        "Réessayer" if url else "",
    )


def is_ordinary(fault: Exception) -> bool:
    """Tell whether an exception is an ordinary refusal, rather than an incident to look into."""
    of_framework = isinstance(fault, HTTPException) and fault.status_code < 500
    return of_framework or isinstance(fault, ORDINARY)


def extra_headers(fault: Exception) -> dict[str, str]:
    """Return what a refused method must say: those that are accepted."""
    given = (fault.headers or {}) if isinstance(fault, HTTPException) else {}
    return {name.lower(): value for name, value in given.items() if name.lower() == "allow"}


def unexpected(incident: str) -> ErrorPage:
    """Our fault: a number to give to whoever looks into it."""
    return ErrorPage(
        500,
        "Canevas a rencontré un problème",
        f"La page n'a pas pu être préparée. L'incident est noté sous le numéro {incident}.",
        "Réessayez dans un instant. Si cela continue, donnez ce numéro à la personne qui gère le service.",
        HOME,
    )


def _of_framework(status: int) -> ErrorPage:
    """Map what the framework refuses by itself: unknown routes, methods, parameters."""
    return {404: NOT_FOUND, 405: WRONG_METHOD}.get(status, MALFORMED)


def _fixed(page: ErrorPage) -> Callable[[Exception], ErrorPage]:
    return lambda _fault: page


def _worded(
    status: int, title: str, text: str, remedy: str, button: Button = HOME
) -> Callable[[Exception], ErrorPage]:
    """A page whose text is the failure's own, or `text` if it has none."""
    return lambda fault: ErrorPage(status, title, getattr(fault, "text", "") or text, remedy, button)


NOT_FOUND = ErrorPage(
    404,
    "Page introuvable",
    "Cette adresse ne mène à rien, ou mène à un contenu qui ne vous est pas ouvert.",
    "Vérifiez l'adresse, ou repartez de l'accueil.",
    HOME,
)
WRONG_METHOD = ErrorPage(
    405,
    "Cette page ne s'ouvre pas ainsi",
    "L'adresse existe, mais elle sert à une autre action.",
    "Repartez de l'accueil et passez par les boutons.",
    HOME,
)
MALFORMED = ErrorPage(
    400,
    "Demande mal écrite",
    "Ce que le navigateur a envoyé n'a pas pu être lu.",
    "Rechargez la page et recommencez.",
    HOME,
)
FULL = ErrorPage(
    507,
    "Enregistrement impossible",
    "L'espace de stockage du service est plein : rien n'a été enregistré.",
    "Prévenez la personne qui gère le service, puis réessayez : votre texte reste affiché.",
    HOME,
)
BROKEN = ErrorPage(
    503,
    "Enregistrement impossible",
    "La base ne répond pas : rien n'a été enregistré.",
    "Réessayez dans quelques minutes : votre texte reste affiché.",
    HOME,
)
BUSY = ErrorPage(
    503,
    "Enregistrement impossible pour l'instant",
    "Trop de personnes enregistrent au même moment : rien n'a été enregistré.",
    "Réessayez dans quelques secondes : votre texte reste affiché.",
    HOME,
)
UNCERTAIN = ErrorPage(
    503,
    "Enregistrement à confirmer",
    "La base n'a pas répondu à temps : votre envoi est peut-être enregistré.",
    "Réessayez dans quelques minutes : envoyé deux fois, il ne compte qu'une fois.",
    HOME,
)
UNREADABLE = ErrorPage(
    503,
    "Page indisponible pour l'instant",
    "La base ne répond pas : rien n'a été changé ni perdu.",
    "Réessayez dans quelques minutes. Si cela continue, prévenez la personne qui gère le service.",
    HOME,
)

PAGES: Table = {
    failures.NotFound: _fixed(NOT_FOUND),
    failures.Refused: _worded(
        403,
        "Action non permise",
        "Vos droits ne permettent pas cette action.",
        "Si elle vous semble nécessaire, parlez-en à la direction de votre établissement.",
    ),
    failures.Stale: _worded(
        409,
        "Contenu modifié entre-temps",
        "Une autre personne l'a modifié depuis que vous l'avez ouvert : rien n'a été remplacé.",
        "Revenez en arrière, copiez votre texte s'il le faut, puis rechargez la page.",
    ),
    failures.BadRequest: _worded(400, MALFORMED.title, MALFORMED.text, MALFORMED.remedy),
    failures.Expired: _worded(
        401,
        "Votre session a expiré",
        "Vous n'êtes plus connecté.",
        "Connectez-vous de nouveau dans un autre onglet : ce qui est affiché ici y reste.",
        SIGN_IN,
    ),
    failures.Forged: _worded(
        403,
        "Page trop ancienne",
        "L'envoi ne vient pas d'une page à jour de ce site : rien n'a été fait.",
        "Rechargez la page et recommencez. Si cela continue, autorisez les cookies de ce site.",
    ),
    failures.UnknownHost: _worded(
        400,
        "Adresse inconnue",
        "Le site a été appelé par un nom qui n'est pas le sien.",
        "Vérifiez l'adresse. La personne qui gère le service peut ajouter ce nom au réglage CANEVAS_HOSTS.",
    ),
    failures.TooLarge: _worded(
        413,
        "Envoi trop volumineux",
        "La page envoyée dépasse 2 Mo ou 5 000 champs : rien n'a été enregistré.",
        "Raccourcissez les textes les plus longs, puis recommencez.",
    ),
    failures.Unsupported: _worded(
        415,
        "Envoi d'un type inattendu",
        "Seuls les formulaires du site sont lus ici ; les fichiers ne le sont pas.",
        "Rechargez la page et passez par ses boutons.",
    ),
    failures.TooSlow: _worded(
        408,
        "Envoi trop lent",
        "La fin de l'envoi n'est pas arrivée : rien n'a été enregistré.",
        "Vérifiez la connexion au réseau et recommencez.",
    ),
    StaleRevision: _worded(
        409,
        "Contenu modifié entre-temps",
        "Une autre personne l'a modifié depuis que vous l'avez ouvert : rien n'a été remplacé.",
        "Revenez en arrière, copiez votre texte s'il le faut, puis rechargez la page.",
    ),
    NotJson: _worded(
        400,
        "Caractère impossible à enregistrer",
        "La saisie contient un caractère que la base ne peut pas garder : rien n'a été enregistré.",
        "Revenez en arrière et retapez le passage collé depuis un autre logiciel.",
    ),
    StoreFull: _fixed(FULL),
    StoreBroken: _fixed(BROKEN),
    Busy: _fixed(BUSY),
    OutcomeUnknown: _fixed(UNCERTAIN),
}
# Where nothing was to be written.
READING: Table = {
    **PAGES,
    StoreFull: _fixed(UNREADABLE),
    StoreBroken: _fixed(UNREADABLE),
    Busy: _fixed(UNREADABLE),
    OutcomeUnknown: _fixed(UNREADABLE),
}
# After these, what a person posted stays on their screen.
UNSAVED: tuple[type[Exception], ...] = (StoreFull, StoreBroken, Busy, OutcomeUnknown)
ORDINARY: tuple[type[Exception], ...] = (failures.Failure, StaleRevision, Busy)
