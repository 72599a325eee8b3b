"""The step as Django forms: one of the single inputs, one of the cascade, a formset of the participants.

Its page shows the controls that ours shows, `controls` counts them: radios for a few options, the branch of
the domain that was chosen and those that could be, to be shown without a trip.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import django
from django.conf import settings
from django.http import QueryDict

from benchmarks import workload

if not settings.configured:
    settings.configure(
        USE_I18N=False,
        USE_TZ=False,
        FORM_RENDERER="django.forms.renderers.Jinja2",
        INSTALLED_APPS=["django.forms"],
        DATA_UPLOAD_MAX_NUMBER_FIELDS=5000,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="bench",
        ROOT_URLCONF="benchmarks.peers.django_site",
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
    )
    django.setup()

from django import forms  # after the settings

PARENTS = {
    child["code"]: parent["code"]
    for top in workload.codes()["items"]
    for parent in [top, *top["items"]]
    for child in parent.get("items", ())
}
LEVELS = ("domaine", "sous_domaine", "difficulte")
CHOICES: dict[str, list[tuple[str, str]]] = {level: [] for level in LEVELS}
for _top in workload.codes()["items"]:
    CHOICES["domaine"].append((_top["code"], _top["label"]))
    for _middle in _top["items"]:
        CHOICES["sous_domaine"].append((_middle["code"], _middle["label"]))
        CHOICES["difficulte"] += [(low["code"], low["label"]) for low in _middle["items"]]


def options(codes: Any) -> list[tuple[str, str]]:
    """Codes with labels."""
    return [("", "---"), *((code, code.capitalize()) for code in codes)]


class Person(forms.Form):
    """A participant."""

    nom = forms.CharField(max_length=100)
    fonction = forms.ChoiceField(choices=options(workload.JOBS))
    telephone = forms.RegexField(f"^{workload.PHONE}$", required=False)
    depuis = forms.DateField(required=False)


class Cascade(forms.Form):
    """A domain, and what lies below it."""

    domaine = forms.ChoiceField(choices=[("", "---"), *CHOICES["domaine"]])
    sous_domaine = forms.ChoiceField(choices=CHOICES["sous_domaine"])
    difficulte = forms.ChoiceField(choices=CHOICES["difficulte"])

    def clean(self) -> dict[str, Any]:
        """Each label lies below the one before it."""
        found: dict[str, Any] = super().clean() or {}
        for above, below in pairwise(LEVELS):
            if PARENTS.get(found.get(below, "")) != found.get(above):
                self.add_error(below, "not below")
        return found


_fields: dict[str, Any] = {
    f"{one}_{text}": forms.CharField(
        max_length=workload.TEXT_MAX, required=text != "evaluation", widget=forms.Textarea
    )
    for one in workload.OBJECTIVES
    for text in workload.TEXTS
}
_fields |= {name: forms.BooleanField(required=False) for name in workload.BOXES}
_fields |= {
    name: forms.ChoiceField(choices=[(code, code.capitalize()) for code in codes], widget=forms.RadioSelect)
    for name, codes in workload.SELECTS.items()
}
Step = type("Step", (forms.Form,), _fields)
People = forms.formset_factory(Person, extra=0, min_num=1, max_num=10, validate_min=True)


def pairs(given: dict[str, Any]) -> list[tuple[str, str]]:
    """The submission as Django's pages post it."""
    found: list[tuple[str, str]] = []
    for name, value in given.items():
        if name == "participants":
            count = str(len(value))
            found += [("form-TOTAL_FORMS", count), ("form-INITIAL_FORMS", "0")]
            for n, row in enumerate(value):
                found += [(f"form-{n}-{key}", text) for key, text in row.items() if key != "row"]
        elif name == "domaine_vise":
            found += list(zip(LEVELS, value, strict=True))
        elif isinstance(value, bool):
            found += [(name, "on")] if value else []
        else:
            found.append((name, value))
    return found


def query(given: dict[str, Any]) -> QueryDict:
    """The submission as a form's data."""
    data = QueryDict(mutable=True)
    for name, value in pairs(given):
        data.appendlist(name, value)
    return data


def made(data: Any) -> tuple[Any, Any, Any]:
    """Make the forms of a submission."""
    return Step(data), Cascade(data), People(data)


def validate(data: Any) -> tuple[Any, Any, Any]:
    """Validate a submission, every error collected."""
    step, cascade, people = made(data)
    return step.errors, cascade.errors, people.errors


def errors(given: dict[str, Any]) -> frozenset[str]:
    """Name the wrong fields."""
    step, cascade, people = validate(query(given))
    cells = {f"participants.{n}.{name}" for n, row in enumerate(people) for name in row}
    return frozenset(step) | frozenset(cascade) | cells


def read(body: bytes) -> tuple[Any, Any, Any]:
    """Bytes to verdict."""
    return validate(QueryDict(body))


# --- the page -----------------------------------------------------------------------------------


class Domain(forms.Form):
    """The first level of a place in the cascade."""

    domaine = forms.ChoiceField(choices=[("", "---"), *CHOICES["domaine"]])


def _branch(top: Mapping[str, Any]) -> type[forms.Form]:
    """The two levels below a domain."""
    fields: dict[str, Any] = {"sous_domaine": _radios(top["items"])}
    fields |= {f"difficulte_{n}": _radios(middle["items"]) for n, middle in enumerate(top["items"])}
    return type("Branch", (forms.Form,), fields)


def _radios(items: Any) -> Any:
    choices = [(one["code"], one["label"]) for one in items]
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, required=False)


BRANCHES = {top["code"]: _branch(top) for top in workload.codes()["items"]}


def draw(step: Any, cascade: Any, people: Any) -> str:
    """Draw the forms of a submission, and the branches that another choice would open."""
    domain = cascade["domaine"].value()
    picked = {"sous_domaine": cascade["sous_domaine"].value()}
    picked |= {f"difficulte_{n}": cascade["difficulte"].value() for n in range(4)}
    places = [Domain({"domaine": domain}), BRANCHES[domain](picked), Domain(prefix="autre")]
    drawn = [step, *places, *(branch(prefix=code) for code, branch in BRANCHES.items()), *people]
    return "".join(form.render() for form in drawn)


def controls(page: str) -> Counter[str]:
    """Count what can be filled in a page, by kind."""
    found: Counter[str] = Counter()
    for tag, rest in re.findall(r"<(textarea|select|option|input)\b([^>]*)>", page):
        kind = re.search(r'\btype="(\w+)"', rest)
        found[kind[1] if kind else tag] += 1
    del found["hidden"]
    return found
