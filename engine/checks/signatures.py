"""Signatures: who signs exists, what is signed exists and comes before."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.common import Found, all_known
from engine.compile import CompiledForm
from engine.signatures import beside, covered
from engine.skeleton import Item


def check_signature(form: CompiledForm, item: Item) -> Iterator[Found]:
    """Find what is wrong with a signature."""
    spec, location, skeleton = item.spec, item.location, form.skeleton
    yield from all_known(
        "le rôle ou groupe", spec.signers or (), form.drafting.library.expand, (*location, "signers")
    )
    known = [*skeleton.parts, *skeleton.named]
    yield from all_known("l'étape ou le champ", spec.covers or (), known, (*location, "covers"))
    for index, key in enumerate(spec.covers or ()):
        later = [one for one in _fields(form, key) if one.order >= item.order and one.type != "signature"]
        if later:
            yield (
                (*location, "covers", index),
                f"« {later[0].id} » vient après la signature : on ne signe que ce qui précède. Déplacez-la.",
            )
    if not covered(skeleton, item) and not beside(skeleton, item):
        yield location, f"« {item.id} » ne couvre aucune réponse. Placez-la après ce qui est signé."
    if "renew" in spec.model_fields_set:
        yield (*location, "renew"), "une signature ne se renouvelle pas. Retirez « renew »."


def _fields(form: CompiledForm, key: str) -> list[Item]:
    paths = form.skeleton.covers(key)
    return [one for one in form.skeleton.named.values() if one.path in paths and one.is_field]
