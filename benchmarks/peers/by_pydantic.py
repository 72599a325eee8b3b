"""The step as a careful pydantic model written by hand for this one form."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    create_model,
    field_validator,
)

from benchmarks import workload

Needed = Annotated[str, StringConstraints(min_length=1, max_length=workload.TEXT_MAX)]
Phone = Annotated[str, StringConstraints(pattern=f"^{workload.PHONE}$")]
PARENTS = {
    child["code"]: parent["code"]
    for top in workload.codes()["items"]
    for parent in [top, *top["items"]]
    for child in parent.get("items", ())
}


class Person(BaseModel):
    """A participant."""

    model_config = ConfigDict(extra="ignore")
    nom: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    fonction: Literal[workload.JOBS]  # type: ignore[valid-type]
    telephone: Phone | None = None
    depuis: date | None = None


class _Step(BaseModel):
    model_config = ConfigDict(extra="ignore")
    participants: Annotated[list[Person], Field(min_length=1, max_length=10)]
    domaine_vise: Annotated[list[str], Field(min_length=3, max_length=3)]

    @field_validator("domaine_vise")
    @classmethod
    def chained(cls, given: list[str]) -> list[str]:
        """Each label lies below the one before it."""
        if PARENTS.get(given[1]) != given[0] or PARENTS.get(given[2]) != given[1]:
            raise ValueError("not below")
        return given


FREE = Annotated[str, StringConstraints(max_length=workload.TEXT_MAX)] | None
_fields: dict[str, Any] = {
    f"{one}_{text}": (FREE, None) if text == "evaluation" else (Needed, ...)
    for one in workload.OBJECTIVES
    for text in workload.TEXTS
}
_fields |= dict.fromkeys(workload.BOXES, (bool, False))
_fields |= {name: (Literal[options], ...) for name, options in workload.SELECTS.items()}
Step = create_model("Step", __base__=_Step, **_fields)


def errors(given: dict[str, Any]) -> frozenset[str]:
    """Name the wrong fields of flat data."""
    return frozenset(".".join(map(str, one["loc"])) for one in validate(given))


def validate(given: dict[str, Any]) -> list[Any]:
    """Validate flat data, every error collected."""
    try:
        Step.model_validate(given)
    except ValidationError as wrong:
        return list(wrong.errors(include_url=False, include_context=False))
    return []
