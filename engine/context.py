"""What a form is read against: the day, the person, the subject, links and collections, all on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.evaluate import FormState


@dataclass(frozen=True)
class User:
    """Who looks: `roles` are those that the person has on this very document."""

    id: str
    label: str
    roles: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


def _nobody() -> User | None:
    return None


def _no_subject() -> FormState | None:
    return None


def _no_link(_name: str) -> FormState | None:
    return None


def _no_collection(_name: str) -> Sequence[FormState]:
    return ()


def _no_attributes(_kind: str, _id: str) -> Mapping[str, Any]:
    return {}


@dataclass
class Context:
    """The surroundings of one document, `id`; each part is fetched once, when first read."""

    today: date
    fetch_user: Callable[[], User | None] = _nobody
    fetch_subject: Callable[[], FormState | None] = _no_subject
    fetch_link: Callable[[str], FormState | None] = _no_link
    fetch_collection: Callable[[str], Sequence[FormState]] = _no_collection
    attributes_of: Callable[[str, str], Mapping[str, Any]] = _no_attributes
    id: str = ""
    _seen: dict[str, Any] = field(default_factory=dict)

    def _once(self, key: str, fetch: Callable[[], Any]) -> Any:
        if key not in self._seen:
            self._seen[key] = fetch()
        return self._seen[key]

    @property
    def user(self) -> User | None:
        """Who looks."""
        if "user" not in self._seen:
            self._seen["user"] = None  # what their roles hang on can't ask for them
            self._seen["user"] = self.fetch_user()
        found: User | None = self._seen["user"]
        return found

    @property
    def subject(self) -> FormState | None:
        """The record that this document is about."""
        found: FormState | None = self._once("subject", self.fetch_subject)
        return found

    def link(self, name: str) -> FormState | None:
        """The document that a link points at."""
        found: FormState | None = self._once(f"link:{name}", lambda: self.fetch_link(name))
        return found

    def collection(self, name: str) -> tuple[FormState, ...]:
        """The documents of a collection, never this one."""
        found: tuple[FormState, ...] = self._once(
            f"collection:{name}", lambda: tuple(self.fetch_collection(name))
        )
        return found
