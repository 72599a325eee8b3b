"""What refuses that a version be retired, or its publication undone with those of the same gesture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.drafting import version_key
from engine.faults import nearest
from web import journal
from web.catalogue import Catalogue


class Unpublishable(Exception):
    """A version that cannot be published, retired or withdrawn, with every reason."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(dict.fromkeys(reasons))
        super().__init__("\n".join(self.reasons))


@dataclass(frozen=True)
class Withdrawal:
    """A publication to undo, and the version to go back to."""

    form: str
    version: str
    previous: str


def retire(served: Catalogue, form: str, version: str | None) -> None:
    """Check that no document need be started any more with a version, or with any."""
    known = versions_of(served, form)
    if not known:
        forms = sorted({name for name, _ in served.forms})
        raise Unpublishable([f"« {form} » n'est pas une forme publiée.{nearest(form, forms)}"])
    if version is not None and version not in known:
        raise Unpublishable([f"« {form} » n'a pas de version {version}. Publiées : {', '.join(known)}."])
    if version is not None and journal.retired(served.journal.get(form, ()), version):
        raise Unpublishable([f"La version {version} de « {form} » est déjà retirée."])


def withdraw(served: Catalogue, form: str, version: str) -> str:
    """Check that a publication can be undone; gives the version to go back to."""
    known, gone = versions_of(served, form), served.withdrawn(form)
    if version not in known:
        retire(served, form, version)
    if version in gone:
        raise Unpublishable([f"La publication de la version {version} est déjà annulée."])
    standing = [one for one in known if one not in gone]
    later = [one for one in standing if version_key(one) > version_key(version)]
    earlier = [one for one in standing if version_key(one) < version_key(version)]
    if later:
        raise Unpublishable([f"La version {later[-1]} a été publiée depuis : défaites-la d'abord."])
    if not earlier:
        raise Unpublishable([f"« {form} » n'a pas de version avant {version} : retirez la forme (retire)."])
    return earlier[-1]


def withdraw_all(served: Catalogue, form: str, version: str) -> tuple[Withdrawal, ...]:
    """Check that a publication can be undone whole: the forms published together go back together."""
    first = Withdrawal(form, version, withdraw(served, form, version))
    others = [
        Withdrawal(name, one, withdraw(served, name, one))
        for name, one in beside(served, form, version).items()
        if one not in served.withdrawn(name)
    ]
    return (first, *others)


def beside(served: Catalogue, form: str, version: str) -> dict[str, str]:
    """The forms that were published with a version, each with its own."""
    events = served.journal.get(form, ())
    found = next((one for one in events if one.do == "publish" and one.version == version), None)
    return {} if found is None else dict(found.beside)


def versions_of(served: Catalogue, form: str) -> list[str]:
    """The versions of a form that are served, oldest first."""
    return sorted((version for name, version in served.forms if name == form), key=version_key)
