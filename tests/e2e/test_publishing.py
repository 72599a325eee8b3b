"""Somebody of the académie dares to publish: rehearse, publish, have documents pass, change their mind."""

from __future__ import annotations

import json

from tests.e2e.conftest import Enter
from tests.e2e.gestures import box, press, says, titled
from tests.e2e.served import Site
from web import app, services

NEXT = json.loads((app.DEFINITIONS / "ppre/form.json").read_bytes())["version"]


def test_a_version_is_rehearsed_published_passed_and_undone(enter: Enter, site: Site, script: bool) -> None:
    id = services.create_document(site.deps, "p-ferrand", "l-garnier", "ppre")
    author = enter("ymorvan", "/definitions", java_script_enabled=script)
    author.get_by_role("link", name="Programme personnalisé de réussite éducative", exact=True).click()
    author.get_by_role("link", name=f"Répéter la version {NEXT}").click()
    press(author, "Lancer la répétition")
    says(author, "Répétition terminée")
    says(author, "scénarios joués avec cette version : tout est comme attendu.")
    press(author, f"Publier la version {NEXT}")
    says(author, "Rien n'a été fait.")
    box(author, "Ce qui change").fill("La date de transmission se note.")
    press(author, f"Publier la version {NEXT}")
    says(author, f"La version {NEXT} est publiée")
    press(author, "Faire passer les documents")
    says(author, "C'est fini")

    teacher = enter("nferrand", f"/documents/{id}", java_script_enabled=script)
    says(teacher, f"Le formulaire a changé (version {NEXT}) : la date de transmission se note.")

    box(author, "Pourquoi").first.fill("Trop tôt dans l'année.")
    press(author, f"Annuler la version {NEXT}")
    says(author, f"Retour des documents de la version {NEXT}")
    press(author, "Faire passer les documents")
    says(author, "C'est fini")
    titled(author, "PPRE")
    assert site.store.get("document", id).body["version"] == site.catalogue.newests["ppre"]  # type: ignore[union-attr]
