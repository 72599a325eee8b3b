"""The code lists of `referentiels/`, read as plain JSON: the engine is not involved."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2] / "referentiels"
LISTS = sorted(p.parent.name for p in ROOT.glob("*/list.json"))
PUBLISHED = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("*/versions/*.json"))

EXPECTED = {
    "accord_responsables",
    "accord_sens",
    "amenagements",
    "bilan_actions",
    "bilan_progres",
    "cycles",
    "degres",
    "difficultes",
    "disciplines_second_degre",
    "niveaux_cycles",
    "participants_fonctions",
    "personnes_mobilisees",
    "points_appui",
    "ppre_ih2ef",
    "ppre_types",
    "professions",
    "socle_2015",
}

Item = dict[str, Any]


def read(path: str) -> dict[str, Any]:
    data = json.loads((ROOT / path).read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def working(name: str) -> dict[str, Any]:
    return read(f"{name}/list.json")


def walk(items: list[Item], depth: int = 1) -> Iterator[tuple[int, Item]]:
    for item in items:
        yield depth, item
        yield from walk(item.get("items", []), depth + 1)


def by_code(name: str) -> dict[str, Item]:
    return {item["code"]: item for _, item in walk(working(name)["items"])}


def labels(items: list[Item]) -> list[str]:
    return [item["label"] for item in items]


def number(version: str) -> tuple[int, ...]:
    assert re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version), version
    return tuple(int(part) for part in version.split("."))


def files() -> list[str]:
    return [f"{name}/list.json" for name in LISTS] + PUBLISHED


# --- files ---------------------------------------------------------------------------------------


def test_every_needed_list_is_there() -> None:
    assert set(LISTS) >= EXPECTED


def test_manifest_covers_exactly_the_published_files() -> None:
    manifest = read("manifest.json")
    assert list(manifest) == sorted(manifest)
    assert sorted(manifest) == PUBLISHED


@pytest.mark.parametrize("path", PUBLISHED)
def test_published_file_is_untouched(path: str) -> None:
    digest = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
    assert digest == read("manifest.json")[path]
    data = read(path)
    assert path == f"{data['list']}/versions/{data['version']}.json"


@pytest.mark.parametrize("name", LISTS)
def test_working_copy_equals_or_follows_the_published_version(name: str) -> None:
    data = working(name)
    published = [read(p) for p in PUBLISHED if p.startswith(f"{name}/")]
    assert published, "never published"
    last = max(published, key=lambda d: number(d["version"]))
    if data["version"] == last["version"]:
        assert data == last, "changed since its publication: raise its version"
    else:
        assert number(data["version"]) > number(last["version"])


@pytest.mark.parametrize("name", LISTS)
def test_no_published_code_disappears_or_moves_to_another_parent(name: str) -> None:
    """A code is stable: documents keep it."""

    def parents(data: dict[str, Any]) -> dict[str, str]:
        found = {item["code"]: "" for item in data["items"]}
        for _, item in walk(data["items"]):
            found.update({child["code"]: item["code"] for child in item.get("items", [])})
        return found

    now = parents(working(name))
    for path in PUBLISHED:
        if path.startswith(f"{name}/"):
            assert parents(read(path)).items() <= now.items(), path


# --- shape ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", files())
def test_header(path: str) -> None:
    data = read(path)
    assert data["canevas"] == 1
    assert data["list"] == path.split("/")[0]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", data["list"])
    number(data["version"])
    assert data["title"] and data["source"]
    assert data["levels"] and len(set(data["levels"])) == len(data["levels"])
    assert isinstance(data["ordered"], bool)


@pytest.mark.parametrize("path", files())
def test_items(path: str) -> None:
    data = read(path)
    count = Counter(item["code"] for _, item in walk(data["items"]))
    assert count, "an empty list"
    assert [code for code, n in count.items() if n > 1] == []
    for depth, item in walk(data["items"]):
        code = item["code"]
        assert re.fullmatch(r"[a-z0-9._-]+", code), code
        assert item["label"] and item["label"] == item["label"].strip(), code
        assert "  " not in item["label"], code
        assert item["source"], code
        assert depth <= len(data["levels"]), code
        assert item.get("items") != [], f"{code}: a leaf has no items key"
        if "asks" in item:
            assert 1 <= item["asks"]["min"] <= item["asks"]["max"], code
            assert "items" not in item, code
        siblings = labels(item.get("items", []))
        assert len(set(siblings)) == len(siblings), f"{code}: two children have one label"


@pytest.mark.parametrize("path", files())
def test_attributes_are_declared_typed_and_resolve(path: str) -> None:
    data = read(path)
    declared = data["attributes"]
    known = {attr["list"]: set(by_code(attr["list"])) for attr in declared.values() if "list" in attr}
    for attr in declared.values():
        assert ("list" in attr) == (attr["type"] in {"code", "codes"})
    used = set()
    for _, item in walk(data["items"]):
        for key, value in item.get("attributes", {}).items():
            where = f"{item['code']}.{key}"
            assert key in declared, where
            used.add(key)
            kind = declared[key]["type"]
            if kind == "code":
                assert value in known[declared[key]["list"]], where
            elif kind == "codes":
                assert value and len(set(value)) == len(value), where
                assert set(value) <= known[declared[key]["list"]], where
            elif kind == "number":
                assert isinstance(value, (int, float)) and not isinstance(value, bool), where
            elif kind == "boolean":
                assert isinstance(value, bool), where
            elif kind == "date":
                assert date.fromisoformat(value), where
            else:
                pytest.fail(f"{where}: unexpected type {kind}")
    assert used == set(declared), "declared, never used"


@pytest.mark.parametrize("name", LISTS)
def test_cycles_of_an_item_are_among_those_of_its_parent(name: str) -> None:
    for _, item in walk(working(name)["items"]):
        own = item.get("attributes", {}).get("cycles")
        for child in item.get("items", []):
            inner = child.get("attributes", {}).get("cycles")
            assert not (own and inner) or set(inner) <= set(own), child["code"]


@pytest.mark.parametrize(
    ("name", "opposite"), [("points_appui", "difficultes"), ("difficultes", "points_appui")]
)
def test_mirrors_are_reciprocal(name: str, opposite: str) -> None:
    other = by_code(opposite)
    for code, item in by_code(name).items():
        leaf_with_label = "items" not in item and "asks" not in item
        mirror = item.get("attributes", {}).get("miroir")
        assert bool(mirror) == leaf_with_label, code
        if mirror:
            assert other[mirror]["attributes"]["miroir"] == code
            assert item["attributes"].get("cycles") == other[mirror]["attributes"].get("cycles")


# --- content that the requirements quote ---------------------------------------------------------


def test_e39_types() -> None:
    assert labels(working("ppre_types")["items"]) == [
        "PPRE - remédiation en cours d'année",
        "PPRE - accompagnement, passage au niveau supérieur ou maintien exceptionnel",
        "PPRE - passerelle (GS-CP)",
        "PPRE - passerelle (CM2-6ème)",
    ]


def test_k1_durations() -> None:
    bounds = {
        code: (item["attributes"]["duree_par_defaut"], item["attributes"]["duree_max"])
        for code, item in by_code("ppre_types").items()
    }
    assert bounds == {
        "ppre-type.remediation": (6, 16),
        "ppre-type.accompagnement-maintien": (16, 52),
        "ppre-type.passerelle-gs-cp": (16, 52),
        "ppre-type.passerelle-cm2-6e": (16, 52),
    }
    assert working("ppre_types")["attributes"]["duree_max"] == {"type": "number", "unit": "weeks"}


def test_e42_functions_first_then_extensions() -> None:
    items = working("participants_fonctions")["items"]
    assert labels(items[:4]) == [
        "Directeur / Chef d'établissement",
        "Professeur",
        "Élève",
        "Responsables légaux",
    ]
    extension = [item.get("attributes", {}).get("extension", False) for item in items]
    assert extension == [False] * 4 + [True] * (len(items) - 4)


@pytest.mark.parametrize("name", ["points_appui", "difficultes"])
def test_e51_e52_domains_and_subdomains(name: str) -> None:
    items = working(name)["items"]
    assert labels(items) == [
        "Méthodes et outils pour apprendre",
        "Formation de la personne et du citoyen",
        "Français, histoire géographie et langues vivantes étrangères",
        "Mathématiques et sciences",
        "Activités artistiques et EPS",
    ]
    assert labels(items[0]["items"])[:2] == [
        "Gestion de la tâche et autonomie dans le travail",
        "Attention et mémoire",
    ]
    assert "Relation avec les autres et respect des règles de vie" in labels(items[1]["items"])


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        (
            "points_appui",
            "pa.methodes-outils.attention-memoire",
            [
                "Sélectionne l'information pertinente d'une consigne",
                "Maintient son attention dans la durée",
                "Mémorise les faits numériques",
                "Mémorise une poésie",
                "Mémorise une leçon courte",
                "Autre(s)",
            ],
        ),
        ("points_appui", "pa.methodes-outils.gestion-tache", ["Travaille seul"]),
        (
            "difficultes",
            "df.methodes-outils.gestion-tache",
            [
                "Entre avec difficulté dans la tâche",
                "A des difficultés à travailler seul",
                "Ne parvient pas à exécuter la tâche dans le temps imparti",
                "Autre(s)",
            ],
        ),
    ],
)
def test_e53_e54_known_labels(name: str, code: str, expected: list[str]) -> None:
    children = by_code(name)[code]["items"]
    assert set(labels(children)) >= set(expected)
    assert {c["source"] for c in children if c["label"] in expected} == {"guide LPI"}


@pytest.mark.parametrize("name", ["points_appui", "difficultes"])
def test_e56_k11_every_subdomain_ends_with_others(name: str) -> None:
    for domain in working(name)["items"]:
        for subdomain in domain["items"]:
            assert 5 <= len(subdomain["items"]) <= 11, subdomain["code"]
            others = [c for c in subdomain["items"] if "asks" in c]
            assert others == [subdomain["items"][-1]], subdomain["code"]
            assert others[0]["label"] == "Autre(s)"
            assert others[0]["asks"] == {"min": 1, "max": 3}


def test_e61_e62_people() -> None:
    items = working("personnes_mobilisees")["items"]
    assert labels(items) == [
        "Équipe pédagogique",
        "Professeurs du RASED",
        "Psychologue de l'éducation nationale",
        "Partenaires extérieurs",
        "Autres",
    ]
    asking = {item["label"]: item["asks"] for item in items if "asks" in item}
    once = {"min": 1, "max": 1}
    assert asking == {"Équipe pédagogique": once, "Partenaires extérieurs": once, "Autres": once}


def test_e64_e68_variants_tabs_and_accordions() -> None:
    methods = ("Méthodes et outils pour apprendre", [
        "Organisation spatiale temporelle et matérielle",
        "Communication",
        "Adaptations méthodologiques",
    ])  # fmt: skip
    citizen = ("Formation de la personne et du citoyen", ["Formation de la personne et du citoyen"])
    disciplines = ("Disciplines", [
        "Français, histoire, géographie et langues vivantes étrangères",
        "Mathématiques et sciences",
        "Disciplines artistiques et EPS",
    ])  # fmt: skip
    variants = {
        variant["label"]: [(tab["label"], labels(tab["items"])) for tab in variant["items"]]
        for variant in working("amenagements")["items"]
    }
    assert variants == {
        "Maternelle (cycle 1)": [methods, citizen],
        "Élémentaire (cycles 2 et 3)": [methods, citizen, disciplines],
        "Second degré": [methods, citizen, disciplines],
    }


def test_e69_every_accordion_takes_what_is_not_listed() -> None:
    for variant in working("amenagements")["items"]:
        for tab in variant["items"]:
            for accordion in tab["items"]:
                free = [item for _, item in walk(accordion["items"]) if "asks" in item]
                assert free == [accordion["items"][-1]], accordion["code"]
                assert free[0]["asks"] == {"min": 1, "max": 3}


def test_e70_known_adaptations() -> None:
    known = {i["label"] for i in by_code("amenagements").values() if i["source"] == "guide LPI"}
    assert known >= {
        "Veiller à la lisibilité et à la clarté de l'affichage",
        "Proposer à l'élève des outils d'aide (cache, règle, etc.)",
        "Donner des supports de travail ou d'exercices déjà écrits (QCM par exemple)",
        "Mettre en place un tutorat par l'intermédiaire d'un élève qui lit à voix haute les consignes",
        "Fournir à l'élève des moyens mnémotechniques",
    }


def test_e86_next_actions() -> None:
    items = working("bilan_actions")["items"]
    assert labels(items) == [
        "Mise en place d'un PAP",
        "Réunion d'équipe éducative",
        "Renouvellement du PPRE",
        "Clôture du PPRE",
        "Autres",
    ]
    assert ["asks" in item for item in items] == [False] * 4 + [True]


def test_levels_of_schooling_say_cycle_and_degree() -> None:
    """What is not a level of schooling (« dispositifs ») has neither: forms filter on the degree."""
    for group in working("niveaux_cycles")["items"]:
        schooling = group["code"] != "niveau.dispositif"
        assert ("cycles" in group.get("attributes", {})) == schooling, group["code"]
        for level in group["items"]:
            expected = {"cycles", "degre"} if schooling else set()
            assert set(level.get("attributes", {})) == expected, level["code"]
