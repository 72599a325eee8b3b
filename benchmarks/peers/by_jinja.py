"""The step's page as one flat Jinja template written by hand for this form: `page.html`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from benchmarks import workload
from benchmarks.peers.by_django import CHOICES, LEVELS

TEMPLATE = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True).get_template(
    "page.html"
)


def page(given: dict[str, Any]) -> str:
    """Draw the page of a submission."""
    texts = [
        (f"{one}_{text}", workload.LABELS[text]) for one in workload.OBJECTIVES for text in workload.TEXTS
    ]
    return TEMPLATE.render(
        title="Mise en œuvre",
        action="/documents/1/etapes/mise_en_oeuvre",
        csrf="x" * 40,
        texts=texts,
        boxes=[(name, f"Aménagement {name[5:]}") for name in workload.BOXES],
        selects=list(workload.SELECTS.items()),
        jobs=workload.JOBS,
        levels=[(level, CHOICES[level]) for level in LEVELS],
        data=given,
        errors={},
    )
