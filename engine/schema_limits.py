"""What the JSON Schema of a form's answers cannot say, in French: rules across fields, documents, days."""

from __future__ import annotations

from collections.abc import Iterator

from engine.attachments import KINDS
from engine.compile import CompiledForm, Rules
from engine.conditions import ALWAYS, Test
from engine.formats import FORMATS
from engine.french import enumerate_words
from engine.model import RefNode
from engine.problems import ERROR
from engine.skeleton import Item
from engine.types import NOTHING

NESTED = 1_000  # codes of a list beyond which the schema does not tell whose child each one is


def engine_only(form: CompiledForm) -> list[str]:
    """Say in French what the schema leaves to the engine: rules across fields, documents and days."""
    said: list[str] = []
    for step in form.skeleton.steps:
        if step.spec.when is not None:
            said.append(f"L'étape « {step.spec.title} » existe {_if(form.step_when[step.id])}.")
        for item in step.walk():
            said.extend(_said(item, form))
    for problem in form.problems:
        if problem.level == ERROR:
            names = enumerate_words([f"« {form.skeleton.items[path].label} »" for path in problem.on])
            said.append(f"{names} : la réponse est refusée {_if(problem.test)}.")
    return list(dict.fromkeys(said))


def _if(test: Test) -> str:
    return test.words if test.words.startswith("sauf si ") else f"si {test.words}"


def _said(item: Item, form: CompiledForm) -> Iterator[str]:
    rules, name = form.rules[item.path], f"« {item.label} »"
    if rules.when is not None and (item.is_field or item.type == "section"):
        yield f"{name} existe {_if(rules.when)}."
    if rules.required is not None and rules.required is not ALWAYS:
        yield f"{name} est obligatoire {_if(rules.required)}."
    match item.type:
        case "signature":
            yield f"{name} ne vaut que pour ce qui a été signé : un changement l'annule."
        case "attachment":
            kinds = enumerate_words([KINDS[one].words for one in item.spec.accept])
            yield f"{name} ne prend que des fichiers {kinds}, de {item.spec.max_mb} Mo au plus chacun."
        case "rows":
            yield from _said_of_rows(item, form, name)
        case "bound":
            yield f"{name} suit la fiche tant que personne n'y touche, et ses règles le jugent."
        case "number" if item.spec.decimals:
            yield f"{name} a {item.spec.decimals} décimale(s) au plus."
        case "text" if item.spec.format is not None and item.spec.format not in FORMATS:
            yield f"{name} suit le motif {item.spec.format}."
        case "choice" | "cascade" | "checklist" | "reference":
            yield from _said_of_options(item, rules, name)
    yield from _said_of_limits(item, rules, name)


def _said_of_limits(item: Item, rules: Rules, name: str) -> Iterator[str]:
    levels = getattr(item.spec, "levels", ())
    compiled = [(rules.min, rules.max), *(rules.level_bounds[level.id] for level in levels)]
    for spec, bounds in zip((item.spec, *levels), compiled, strict=True):
        for key, bound in zip(("min", "max"), bounds, strict=True):
            written = getattr(spec, key, None)
            if bound is None or (bound.reads == NOTHING and bound.type.kind == "number"):
                continue
            words = f"se lit dans « {written.ref} »" if isinstance(written, RefNode) else f"est le {written}"
            yield f"{name} : la limite « {key} » {words}."


def _said_of_rows(item: Item, form: CompiledForm, name: str) -> Iterator[str]:
    labels = {child.id: f"« {child.label} »" for child in item.children}
    if item.spec.whole and any(child.spec.when is not None for child in item.children):
        yield f"{name} : dans une ligne, tout ce qui se montre est à remplir."
    if item.spec.own:
        yield f"{name} : une ligne ne se modifie que par la personne qui l'a écrite."
    if item.spec.distinct:
        together = enumerate_words([labels[key] for key in item.spec.distinct])
        yield f"{name} : deux lignes ne peuvent pas avoir à la fois les mêmes réponses à {together}."
    if item.spec.over is not None:
        yield f"{name} : une ligne par ligne de « {item.spec.over} », pas davantage."
    for problem in form.rules[item.path].problems:
        if problem.level == ERROR:
            yield f"{name} : une ligne est refusée {_if(problem.test)}."


def _said_of_options(item: Item, rules: Rules, name: str) -> Iterator[str]:
    spec = item.spec
    if item.type == "cascade":
        yield f"{name} : un même premier choix ne se répète pas."
        if item.listing is not None and len(item.listing) > NESTED:
            yield f"{name} : chaque choix est sous celui qui le contient dans la liste."
    if item.type == "choice" and spec.from_rows is not None:
        yield f"{name} : les choix sont les lignes de « {spec.from_rows} »."
    if rules.root is not None and rules.root.reads != NOTHING:
        yield f"{name} : la partie de la liste qui est proposée se lit dans « {spec.root.ref} »."
    if rules.filter is not None and item.type == "reference":
        yield f"{name} : qui peut être choisi se vérifie au moment du choix."
    elif rules.filter is not None and rules.filter.reads != NOTHING:
        yield f"{name} : un choix est proposé {_if(rules.filter)}."
