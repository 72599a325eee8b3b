"""The step as WTForms: a form of fields, a list of forms for the participants."""

from __future__ import annotations

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, Regexp

from benchmarks import workload
from benchmarks.peers.by_django import CHOICES, LEVELS, options


class Person(Form):
    """A participant."""

    nom = StringField(validators=[DataRequired(), Length(max=100)])
    fonction = SelectField(choices=options(workload.JOBS), validators=[DataRequired()])
    telephone = StringField(validators=[Optional(), Regexp(f"^{workload.PHONE}$")])
    depuis = DateField(validators=[Optional()])


_fields: dict[str, Any] = {
    f"{one}_{text}": TextAreaField(
        validators=[
            Optional() if text == "evaluation" else DataRequired(),
            Length(max=workload.TEXT_MAX),
        ]
    )
    for one in workload.OBJECTIVES
    for text in workload.TEXTS
}
_fields |= {name: BooleanField() for name in workload.BOXES}
_fields |= {
    name: SelectField(choices=options(codes), validators=[DataRequired()])
    for name, codes in workload.SELECTS.items()
}
_fields |= {
    level: SelectField(choices=[("", "---"), *CHOICES[level]], validators=[DataRequired()])
    for level in LEVELS
}
_fields |= {"participants": FieldList(FormField(Person))}
Step = type("Step", (Form,), _fields)


class Posted(dict[str, list[str]]):
    """What WTForms reads: lists by name."""

    def getlist(self, name: str) -> list[str]:
        """Give the values of a name."""
        return self[name]


def posted(given: dict[str, Any]) -> Posted:
    """The submission as WTForms' pages post it."""
    found = Posted()
    for name, value in given.items():
        if name == "participants":
            for n, row in enumerate(value):
                found |= {f"{name}-{n}-{key}": [text] for key, text in row.items() if key != "row"}
        elif name == "domaine_vise":
            found |= {level: [code] for level, code in zip(LEVELS, value, strict=True)}
        elif isinstance(value, bool):
            found |= {name: ["y"]} if value else {}
        else:
            found[name] = [value]
    return found


def validate(given: Posted) -> dict[str, Any]:
    """Validate a submission, every error collected."""
    form = Step(given)
    form.validate()
    return dict(form.errors)


def errors(given: dict[str, Any]) -> frozenset[str]:
    """Name the wrong fields."""
    found = validate(posted(given))
    rows = enumerate(found.pop("participants", []))
    return frozenset(found) | {f"participants.{n}.{name}" for n, row in rows for name in row}
