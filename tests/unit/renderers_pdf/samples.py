"""Papers as a school would print them, and short ways to write read nodes."""

from __future__ import annotations

from typing import Any

from renderers.printed import Printed

Node = dict[str, Any]


def part(title: str, *nodes: Node) -> Node:
    return {"node": "part", "id": "p", "title": title, "nodes": list(nodes)}


def recap(title: str, *nodes: Node) -> Node:
    return {"node": "recap", "id": "r", "title": title, "nodes": list(nodes)}


def note(text: str) -> Node:
    return {"node": "note", "id": "n", "text": text}


def fact(label: str, *texts: str | Node, ident: str = "f") -> Node:
    """One text is a text, none is empty, several or an item (`item`) are a list."""
    value: Node = {"kind": "empty"}
    if len(texts) == 1 and isinstance(texts[0], str):
        value = {"kind": "text", "text": texts[0], "long": len(texts[0]) > 80}
    elif texts:
        value = {"kind": "list", "items": [item(text) if isinstance(text, str) else text for text in texts]}
    return {"node": "fact", "id": ident, "path": f"x.{ident}", "label": label, "value": value}


def item(text: str, *items: str | Node, caption: str = "", details: tuple[str, ...] = ()) -> Node:
    found: Node = {"caption": caption} if caption else {}
    found |= {"text": text, "details": list(details)}
    found["items"] = [item(inner) if isinstance(inner, str) else inner for inner in items]
    return found


def table(label: str, columns: tuple[str, ...], *rows: tuple[str | None, ...]) -> Node:
    """Rows of texts; "" is an empty answer, None a question that is not asked."""
    return {
        "node": "rows",
        "id": "t",
        "label": label,
        "display": "table",
        "columns": [{"id": f"c{n}", "label": column} for n, column in enumerate(columns)],
        "rows": [
            {
                "row": f"k{n}",
                "title": f"Ligne n° {n + 1}",
                "nodes": [
                    fact(columns[m], *([text] if text else []), ident=f"c{m}")
                    for m, text in enumerate(row)
                    if text is not None
                ],
            }
            for n, row in enumerate(rows)
        ],
    }


def cards(label: str, *rows: tuple[str, list[Node]]) -> Node:
    return {
        "node": "rows",
        "id": "c",
        "label": label,
        "display": "cards",
        "columns": [],
        "rows": [{"row": f"k{n}", "title": title, "nodes": nodes} for n, (title, nodes) in enumerate(rows)],
    }


FOOT = "Canevas · Académie de Martinique"
PRINTED_ON = "Imprimé le 22 novembre 2026 à 14 h 32 par Nadia Ferrand"
SIGNS = ("Directeur / Chef d'établissement", "Professeur(s)", "Élève", "Responsables légaux")


def domain(n: int, name: str, *subs: Node) -> Node:
    return item(name, *subs, caption=f"Domaine / discipline n° {n}")


def sub(name: str, *labels: str | Node) -> Node:
    return item(name, *labels, caption="Sous-domaine")


PPRE_PARTS = (
    part(
        "Informations préliminaires",
        fact("Élève", "Lina Morel, née le 10 octobre 2015, 6e B"),
        fact("Date de l'élaboration du PPRE", "22/11/2026"),
        fact("Type du PPRE", "PPRE - remédiation en cours d'année"),
        fact("Durée envisagée", "6 semaine(s), jusqu'au 3 janvier 2027"),
        table(
            "Personnes participant à l'élaboration du PPRE",
            ("Nom", "Prénom", "Fonction", "Matière"),
            ("Tournier", "Hélène", "Directeur / Chef d'établissement", None),
            ("Ferrand", "Nadia", "Professeur", "Français"),
            ("Marie-Sainte", "Jean-Christophe", "Professeur", "Mathématiques"),
            ("Morel", "Lina", "Élève", None),
            ("Morel", "Édith", "Responsable légal", None),
        ),
    ),
    part(
        "Points d'appui",
        fact(
            "Domaines et libellés",
            domain(
                1,
                "Méthodes et outils pour apprendre",
                sub(
                    "Attention et mémoire",
                    "Sélectionne l’information pertinente d’une consigne",
                    "Mémorise une leçon courte",
                    item("Autre(s)", details=("retient mieux ce qu’elle a dessiné",)),
                ),
            ),
            domain(2, "Activités artistiques et EPS"),
        ),
    ),
    part(
        "Difficultés",
        fact(
            "Domaines et libellés",
            domain(
                1,
                "Méthodes et outils pour apprendre",
                sub(
                    "Gestion de la tâche et autonomie dans le travail",
                    "Entre avec difficulté dans la tâche",
                    "Se perd dans une consigne à plusieurs étapes",
                ),
            ),
        ),
    ),
    part(
        "Objectifs",
        cards(
            "Objectifs",
            (
                "Objectif n° 1 : Comprendre une consigne à plusieurs étapes",
                [
                    fact(
                        "Compétences à travailler",
                        "Repérer les verbes d’action, reformuler la consigne, ordonner les étapes.",
                    ),
                    fact(
                        "Actions menées en classe",
                        "Consigne lue à voix haute puis reformulée par un camarade ; une étape par ligne ;\n"
                        "surlignage des verbes.\n\nAffichage d’un modèle au tableau.",
                    ),
                    fact(
                        "Actions menées hors de la classe",
                        "Devoirs faits, deux séances par semaine : même méthode de lecture des consignes.",
                    ),
                ],
            ),
            (
                "Objectif n° 2 : Tenir à jour son agenda",
                [
                    fact("Compétences à travailler", "Noter le travail à faire avant de quitter la classe."),
                    fact(
                        "Actions menées en classe",
                        "Cinq minutes en fin d’heure, vérification par le professeur.",
                    ),
                    fact("Actions menées hors de la classe"),
                ],
            ),
        ),
    ),
    part(
        "Mise en œuvre et aménagements",
        fact(
            "Personnes mobilisées",
            item("Équipe pédagogique", details=("professeure de français", "professeur de mathématiques")),
            item("Partenaires extérieurs", details=("centre médico-psychologique", "orthophoniste")),
        ),
        fact(
            "Organisation spatiale, temporelle et matérielle",
            "Proposer l’utilisation de supports numériques",
            "Prévoir un point hebdomadaire sur le matériel et le cartable",
            item("Autre", details=("ranger le cartable avec la fiche plastifiée",)),
        ),
        fact("Communication", item("Décomposer les consignes, hiérarchiser")),
    ),
    part(
        "Échéances et évaluation",
        fact("Fin prévue", "3 janvier 2027"),
        fact("Mode d'évaluation", "Bilan par objectif, en réunion avec l’élève et ses responsables"),
        fact("Accord des responsables légaux", "Proposition envoyée le 22 novembre 2026, sans réponse"),
        note(
            "Le document et ses **bilans** font partie du dossier scolaire.\n\n"
            "- La signature de la famille est souhaitable.\n- Un accord oral suffit."
        ),
    ),
)

PPRE = Printed(
    title="Programme personnalisé de réussite éducative de Lina Morel",
    subtitle=("Collège Aimé-Césaire", "Livret Q7M4T2XK9B"),
    state="Finalisé le 22 novembre 2026",
    parts=PPRE_PARTS,
    signs=SIGNS,
    date="2026-11-22T14:32:00+01:00",
    printed_on=PRINTED_ON,
    footer=FOOT,
)

SHORT = Printed(
    title="Réunion de suivi",
    parts=(part("Décisions", fact("Suite", "Poursuivre")),),
    date="2026-11-22",
    printed_on=PRINTED_ON,
)

DRAFT = Printed(
    title=PPRE.title,
    subtitle=PPRE.subtitle,
    state="Brouillon – sans valeur",
    draft=True,
    parts=PPRE_PARTS,
    date=PPRE.date,
    printed_on=PRINTED_ON,
    footer=FOOT,
)

BILAN = Printed(
    title="Bilan du PPRE de Lina Morel",
    subtitle=("Collège Aimé-Césaire", "Livret Q7M4T2XK9B"),
    state="Finalisé le 3 janvier 2027",
    parts=(
        part(
            "Bilan par objectif",
            recap(
                "Objectif n° 1 : Comprendre une consigne à plusieurs étapes",
                *PPRE_PARTS[3]["nodes"][0]["rows"][0]["nodes"],
            ),
            fact("Progrès constaté", "Lina reformule seule une consigne à trois étapes. " * 12),
        ),
        part("Bilan général", fact("Bilan général du PPRE", "Très bonne évolution.\n" * 5)),
        part(
            "Actions à mettre en place",
            fact("Autres actions", "Réunion d'équipe éducative", "Renouvellement du PPRE"),
        ),
    ),
    signs=SIGNS,
    date="2027-01-03",
)

RECORD = Printed(
    title="Livret de parcours de Lina Morel",
    subtitle=("Collège Aimé-Césaire", "Livret Q7M4T2XK9B"),
    state="",
    parts=(
        part(
            "Identité",
            fact("Nom", "Morel"),
            fact("Prénom", "Lina"),
            fact("Date de naissance", "10 octobre 2015"),
            fact("Classe", "6e B"),
        ),
        part(
            "Responsables légaux",
            table("", ("Nom", "Prénom", "Courriel"), ("Morel", "Édith", "edith.morel@exemple.fr")),
        ),
    ),
    date="2027-01-03T10:00:00-04:00",
    printed_on="Imprimé le 3 janvier 2027 par Hélène Tournier",
    footer=FOOT,
    documents=(PPRE, BILAN),
)
