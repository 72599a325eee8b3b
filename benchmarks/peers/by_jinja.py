"""The step's page as one flat Jinja template written by hand for this form: `page.html`.

It draws the same page as the definition does, spaces between tags aside: `same` checks it. What surrounds
the form, which holds no answer, is handed over as it is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from benchmarks import workload

TEMPLATE = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
).get_template("page.html")
FORM = re.compile(r"(.*?)<form id=.*<section class=\"cascade\".*?</section>\s*</div>(.*)", re.DOTALL)
TEXTS = [
    (f"{one}_{text}", f"{workload.LABELS[text].replace(chr(39), chr(8217))} ({one[1]})", text != "evaluation")
    for one in workload.OBJECTIVES
    for text in workload.TEXTS
]
BOXES = [(name, f"Aménagement {name[5:]}") for name in workload.BOXES]


def _set(items: Any) -> list[dict[str, Any]]:
    """Entries of a list, their labels as French printers set them."""
    return [
        {**one, "label": one["label"].replace(" :", "\u00a0:"), "items": _set(one.get("items", ()))}
        for one in items
    ]


TOPS = _set(workload.codes()["items"])


def around(page: str) -> tuple[Markup, Markup]:
    """What stands before and after the form's items in a page."""
    found = FORM.fullmatch(page)
    assert found is not None
    return Markup(found[1]), Markup(found[2])


def same(one: str, other: str) -> bool:
    """Tell whether two pages are the same but for the spaces between tags."""
    first, second = (re.sub(r">\s+<", "><", re.sub(r"\s*\n\s*", "\n", page)).strip() for page in (one, other))
    return first == second


def page(given: dict[str, Any], head: Markup, foot: Markup) -> str:
    """Draw the page of a submission."""
    return TEMPLATE.render(
        head=head,
        foot=foot,
        action="/documents/1/etapes/mise_en_oeuvre",
        csrf="x" * 40,
        revision=1,
        base="{}",
        texts=TEXTS,
        boxes=BOXES,
        selects=list(workload.SELECTS.items()),
        jobs=workload.JOBS,
        tops=TOPS,
        data=given,
        thousands=lambda n: f"{n:,}".replace(",", "\u202f"),
    )
