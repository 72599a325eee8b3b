"""The work-load: one step of 84 inputs as a real definition, its submission of 8.5 kB, and bigger ones.

3 objectives of 4 long texts, 40 check boxes, 5 selects, 6 participants of 4 inputs, a cascade over 5 x 4 x 8
labels. The other modules and the peers read what it holds; nothing here is measured.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus

STEP = "mise_en_oeuvre"
PLACE, PERSON, RECORD = "ecole-1", "enseignante", "eleve-1"
OBJECTIVES, TEXTS = ("o1", "o2", "o3"), ("objectif", "moyens", "deroulement", "evaluation")
LABELS = {
    "objectif": "Objectif visé",
    "moyens": "Moyens et supports mis en œuvre",
    "deroulement": "Déroulement des séances",
    "evaluation": "Modalités d'évaluation",
}
TEXT_MAX = 2000
BOXES = tuple(f"case_{n:02}" for n in range(40))
SELECTS = {
    "frequence": ("quotidienne", "hebdomadaire", "mensuelle"),
    "duree": ("court", "moyen", "long"),
    "lieu": ("classe", "couloir", "bibliotheque", "domicile"),
    "modalite": ("seul", "binome", "groupe"),
    "suite": ("poursuite", "arret", "reprise", "autre"),
}
JOBS = ("enseignant", "directeur", "parent", "infirmier", "psychologue")
ROWS = ("r1", "r2", "r3", "r4", "r5", "r6")
PHONE = r"(\+33 ?|0)[1-9]([ .-]?[0-9]{2}){4}"

SENTENCE = (
    "L’élève relit à voix haute une consigne déjà travaillée, repère les mots-clés, puis reformule ce qu’il "
    "a compris ; l’enseignante note les réussites et les difficultés rencontrées à chaque séance. "
)


def codes(top: int = 5, middle: int = 4, low: int = 8) -> dict[str, Any]:
    """A code list of three levels; every label is accented."""
    items = [
        {
            "code": f"d{a}",
            "label": f"Domaine {a} : maîtrise de la langue",
            "items": [
                {
                    "code": f"d{a}.s{b}",
                    "label": f"Sous-domaine {a}.{b} : compréhension écrite",
                    "items": [
                        {"code": f"d{a}.s{b}.l{c}", "label": f"Difficulté {a}.{b}.{c} : repère mal les idées"}
                        for c in range(low)
                    ],
                }
                for b in range(middle)
            ],
        }
        for a in range(top)
    ]
    levels = ["domaine", "sous_domaine", "difficulte"]
    return {
        "canevas": 1,
        "list": "domaines",
        "version": "1.0.0",
        "title": "Domaines",
        "levels": levels,
        "items": items,
    }


def items(prefix: str = "") -> list[dict[str, Any]]:
    """The step's items; `prefix` keeps the ids of several steps apart."""
    texts = [
        {
            "id": f"{prefix}{one}_{text}",
            "type": "text",
            "label": f"{LABELS[text]} ({one[1]})",
            "lines": 6,
            "max": TEXT_MAX,
            "required": text != "evaluation",
        }
        for one in OBJECTIVES
        for text in TEXTS
    ]
    boxes = [
        {
            "id": f"{prefix}{name}",
            "type": "boolean",
            "display": "checkbox",
            "label": f"Aménagement {name[5:]}",
        }
        for name in BOXES
    ]
    selects = [
        {
            "id": f"{prefix}{name}",
            "type": "choice",
            "label": name.capitalize(),
            "required": True,
            "options": [{"code": code, "label": code.capitalize()} for code in options],
        }
        for name, options in SELECTS.items()
    ]
    people = {
        "id": f"{prefix}participants",
        "type": "rows",
        "label": "Participant",
        "max": 10,
        "required": True,
        "items": [
            {"id": "nom", "type": "text", "label": "Nom", "max": 100, "required": True},
            {
                "id": "fonction",
                "type": "choice",
                "label": "Fonction",
                "required": True,
                "options": [{"code": code, "label": code.capitalize()} for code in JOBS],
            },
            {"id": "telephone", "type": "text", "label": "Téléphone", "format": "phone", "max": 20},
            {"id": "depuis", "type": "date", "label": "Depuis le"},
        ],
    }
    levels = [{"id": level} for level in ("domaine", "sous_domaine", "difficulte")]
    cascade = {
        "id": f"{prefix}domaine_vise",
        "type": "cascade",
        "label": "Domaine",
        "list": "domaines",
        "levels": [{**level, "min": 1} for level in levels],
    }
    return [*texts, *boxes, *selects, people, cascade]


def form(steps: int = 1, name: str = "ppre") -> dict[str, Any]:
    """The step `STEP` among so many of the same kind."""
    parts = [{"id": STEP, "title": "Mise en œuvre", "items": items()}]
    for n in range(1, steps):
        parts.append({"id": f"etape_{n}", "title": f"Étape {n}", "items": items(f"p{n}_")})
    return whole(name, parts, nature="document", subject="eleve", pins={"domaines": "1.0.0"})


def record() -> dict[str, Any]:
    """The record that documents are about."""
    given = [
        {"id": "nom", "type": "text", "label": "Nom", "required": True},
        {"id": "ecole", "type": "reference", "to": "ecole", "label": "École", "required": True},
    ]
    part = {"id": "identite", "title": "Identité", "items": given}
    return whole("eleve", [part], nature="record", place="ecole")


def whole(name: str, steps: Sequence[Mapping[str, Any]], **rest: Any) -> dict[str, Any]:
    """A definition that stands up to every check."""
    states = [
        {"id": "brouillon", "label": "Brouillon", "phase": "draft", "open": [step["id"] for step in steps]},
        {"id": "clos", "label": "Clos", "phase": "closed"},
    ]
    actions = [{"id": "clore", "label": "Clore", "from": ["brouillon"], "to": "clos"}]
    return {
        "canevas": 1,
        "form": name,
        "version": "1.0.0",
        "title": name.upper(),
        "name": name.upper(),
        "lifecycle": {"states": states, "actions": actions},
        "access": {"rights": [{"who": ["enseignant"], "may": ["create", "read", "write", "print", "clore"]}]},
        "steps": list(steps),
        **rest,
    }


ROLES = {
    "canevas": 1,
    "places": {"ecole": {"label": "École"}},
    "people": {},
    "roles": [{"id": "enseignant", "label": "Enseignant", "at": "ecole"}],
}


def write(folder: Path, forms: Sequence[Mapping[str, Any]], lists: Sequence[Mapping[str, Any]]) -> None:
    """Write a folder of published definitions and one of lists, with their manifests."""
    _published(folder / "definitions", [(one["form"], one) for one in forms])
    _published(folder / "referentiels", [(one["list"], one) for one in lists])
    (folder / "definitions" / "roles.json").write_text(json.dumps(ROLES), "utf-8")


def _published(folder: Path, named: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, str] = {}
    for name, content in named:
        place = f"{name}/versions/{content['version']}.json"
        raw = json.dumps(content, ensure_ascii=False).encode()
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(raw)
        manifest[place] = hashlib.sha256(raw).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


# --- answers ------------------------------------------------------------------------------------


def long_text(n: int) -> str:
    """A paragraph of some 430 characters, another one each time."""
    start = (n * 37) % 90
    return f"{n + 1}. {(SENTENCE * 4)[start : start + 385].strip()}…"


def fields(seed: int = 0) -> dict[str, Any]:
    """A whole, right submission as flat data: what every side is given in its own spelling."""
    names = [f"{one}_{text}" for one in OBJECTIVES for text in TEXTS]
    texts = {name: long_text(n + seed) for n, name in enumerate(names)}
    boxes = {name: (n + seed) % 3 == 0 for n, name in enumerate(BOXES)}
    selects = {name: options[seed % len(options)] for name, options in SELECTS.items()}
    people = [
        {
            "row": row,
            "nom": f"Zoé Lefèvre-{n}",
            "fonction": JOBS[(n + seed) % len(JOBS)],
            "telephone": f"04 73 00 11 {20 + n}",
            "depuis": f"2026-09-{10 + n}",
        }
        for n, row in enumerate(ROWS)
    ]
    cascade = [f"d{seed % 5}", f"d{seed % 5}.s1", f"d{seed % 5}.s1.l2"]
    return {**texts, **boxes, **selects, "participants": people, "domaine_vise": cascade}


def with_defects(given: Mapping[str, Any]) -> dict[str, Any]:
    """Five defects, each in another kind of field, at the places that `DEFECTS` names."""
    people = [dict(one) for one in given["participants"]]
    people[2]["nom"] = ""
    people[4]["telephone"] = "quatre"
    return {
        **given,
        "participants": people,
        "o1_objectif": "",
        "o2_moyens": "é" * (TEXT_MAX + 1),
        "suite": "",
    }


DEFECTS = frozenset({"o1_objectif", "o2_moyens", "suite", "participants.2.nom", "participants.4.telephone"})


def answers(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a document stores it: unanswered is absent, a text too long is raw."""
    stored: dict[str, Any] = {}
    for name, value in given.items():
        if name == "participants":
            stored[name] = [_kept(row) for row in value]
        elif name == "domaine_vise":
            stored[name] = [
                {"code": value[0], "picks": [{"code": value[1], "picks": [value[2]]}]},
            ]
        elif name in SELECTS:
            stored |= {name: [value]} if value else {}
        elif isinstance(value, bool):
            stored[name] = value
        elif len(value) > TEXT_MAX:
            stored[name] = {"raw": value}
        elif value:
            stored[name] = value
    return stored


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if value}
    kept["fonction"] = [kept["fonction"]]
    return kept


def pairs(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same as a page of ours posts it."""
    found: list[tuple[str, str]] = []
    for name, value in given.items():
        if name == "participants":
            found += [(f"{name}~rows", row["row"]) for row in value]
            for row in value:
                shown = {**row, "depuis": _spelled(row["depuis"])}
                found += [(f"{name}.{row['row']}.{key}", text) for key, text in shown.items() if key != "row"]
        elif name == "domaine_vise":
            found += [(f"{name}~", "1"), (f"{name}~1", value[0])]
            found += [(f"{name}~1~p", code) for code in value[1:]]
        elif isinstance(value, bool):
            found += [(f"{name}~", "1"), *([(name, "oui")] if value else [])]
        elif name in SELECTS:  # few options: radios
            found += [(f"{name}~", "1"), (name, value)]
        else:
            found.append((name, value))
    return found


def _spelled(day: str) -> str:
    """A day as a page shows it."""
    return "/".join(reversed(day.split("-"))) if day.count("-") == 2 else day


def body(given: Mapping[str, Any], hidden: Mapping[str, str] = MappingProxyType({}), **pressed: str) -> bytes:
    """The same, urlencoded as a browser does: the page's hidden fields first, then the button pressed."""
    return encoded([*hidden.items(), *pairs(given), *pressed.items()])


def encoded(pairs: Sequence[tuple[str, str]]) -> bytes:
    """Urlencode a form as browsers do (URL standard): « * » as it is, « ~ » escaped, unlike Python's own.

    >>> encoded([("a~1", "*é +")])
    b'a%7E1=*%C3%A9+%2B'
    """
    return "&".join(f"{_escaped(name)}={_escaped(text)}" for name, text in pairs).encode()


def _escaped(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")


def document(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A document's body that holds such answers."""
    event = {
        "label": "Création",
        "at": "2026-10-05T09:00:00+02:00",
        "by": {"id": PERSON, "label": "Zoé"},
    }
    return {
        "form": "ppre",
        "version": "1.0.0",
        "state": "brouillon",
        "created_on": "2026-10-05",
        "subject": RECORD,
        "place": None,
        "links": {},
        "answers": dict(stored),
        "frozen": {},
        "events": [event],
    }
