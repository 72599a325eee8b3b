"""The `canevas` command: what it can do. Each command's module is imported only when it is asked for."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import App

SELDOM = 50_000  # new objects before a search for cyclic garbage; Python's 700 take a quarter of a start
CUT = 141  # the status of a command that a pipe cuts
HELP = "Canevas : formulaires décrits en JSON, servis sur le web."

COMMANDS = {
    "serve": ("cli.serve:serve", "Sert le site."),
    "check": ("cli.check:check", "Vérifie les définitions d'un dossier."),
    "diff": ("cli.diff:diff", "Dit ce qui change entre deux définitions."),
    "rehearse": ("cli.moving:rehearse", "Répète une version sur tous les documents, sans rien écrire."),
    "publish": ("cli.publish:publish", "Publie la version de travail d'une forme."),
    "move": ("cli.moving:move", "Amène les documents sur une version publiée."),
    "unpublish": ("cli.publish:unpublish", "Défait une publication."),
    "retire": ("cli.publish:retire", "Retire une version, ou une forme."),
    "import": ("cli.importing:import_", "Importe des fiches depuis l'export d'une autre application."),
    "definitions": ("cli.definitions:definitions", "Porte ce qui est publié entre le dossier et la base."),
    "explain": (
        "cli.explain:explain",
        "Dit pourquoi un champ se montre, se cache, se ferme, ou une action est refusée.",
    ),
    "schema": ("cli.schema:schema", "Écrit le schéma JSON d'un formulaire."),
    "scenarios": ("cli.scenarios:scenarios", "Joue les scénarios des auteurs."),
    "reference": ("cli.reference:reference", "Écrit la référence du langage, en Markdown."),
}

GROUPS = {
    "store": (
        "Copie, sauvegarde, vérifie et restaure ce que la base contient.",
        {
            "export": ("cli.store:export", "Écrit tout, une ligne JSON par révision."),
            "import": ("cli.store:import_", "Charge une copie dans une base vide."),
            "copy": ("cli.store:copy", "Copie une base dans une autre, vide."),
            "backup": ("cli.store:backup", "Sauvegarde dans un fichier daté, et le vérifie."),
            "verify": ("cli.store:verify", "Vérifie une copie, ou la base."),
            "restore": ("cli.store:restore", "Restaure une sauvegarde dans une base vide."),
            "purge": ("cli.store:purge", "Efface des documents, jusque dans les fichiers."),
        },
    ),
    "audit": (
        "Le registre : qui a lu ou changé quoi, et s'il est entier.",
        {
            "verify": ("cli.audit:verify", "Vérifie la chaîne ; nomme le premier enregistrement faux."),
            "show": ("cli.audit:show", "Montre les derniers enregistrements."),
        },
    ),
}


def make_app() -> App:
    """Return the command line application."""
    from cyclopts import App  # half a second: not for those who only ask what there is

    app = App(name="canevas", help=HELP, version_flags=())
    for name, (place, words) in COMMANDS.items():
        app.command(place, name=name, help=words)
    for name, (words, commands) in GROUPS.items():
        group = App(name=name, help=words, version_flags=())
        for inner, (place, said) in commands.items():
            group.command(place, name=inner, help=said)
        app.command(group)
    return app


def overview() -> str:
    """Say what there is, without loading any of it."""
    known = {name: words for name, (_, words) in COMMANDS.items()} | {
        name: words for name, (words, _) in GROUPS.items()
    }
    width = max(map(len, known))
    lines = [f"  {name:<{width}}  {words}" for name, words in known.items()]
    usage = "canevas COMMANDE --help dit ce qu'attend chacune :"
    return "\n".join([HELP, "", usage, *lines])


def main() -> None:
    """Run the command that the arguments name."""
    gc.set_threshold(SELDOM)
    words = sys.argv[1:]
    try:
        if words in ([], ["--help"], ["-h"]):
            print(overview())
        else:
            make_app()(words)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough: « canevas diff … | head »
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing to say at exit either
        sys.exit(CUT)


if __name__ == "__main__":
    main()
