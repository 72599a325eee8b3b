"""A network of workshops, served in memory: forms far from school, written as JSON, that use the language."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from demo_site import DemoSite, Visitor, make_site
from filling import open_step
from web_trial import FakeClock, Raw

from engine.drafting import version_key
from storage.base import Store
from storage.memory import open_memory
from tests.unit.worlds import make_world
from web.catalogue import Catalogue
from web.world import DOCUMENT, PERSON, PLACE

WORLD: Any = json.loads((Path(__file__).parent.parent / "cases" / "reseau.json").read_text("utf-8"))


@cache
def catalogue() -> Catalogue:
    """The network's forms, compiled once."""
    return catalogue_of(WORLD["forms"])


def catalogue_of(forms: list[Any]) -> Catalogue:
    """Forms of the network, compiled."""
    made = make_world(forms, WORLD["lists"], roles=WORLD["roles"])
    assert not made.faults, "\n".join(map(str, made.faults))
    newest = dict(sorted(made.forms, key=lambda one: version_key(one[1])))
    return Catalogue(
        title="Réseau",
        home="velo",
        forms=made.forms,
        starts=newest,
        lists=made.library.lists,
        roles=made.library.roles,
        library=made.library,
        faults=(),
        newests=newest,
    )


@dataclass
class Network:
    """The site, and gestures of its people."""

    site: DemoSite

    def visitor(self, person: str) -> Visitor:
        """Somebody who is signed in."""
        return self.site.visitor(person)

    def body(self, id: str) -> Any:
        """A document as it is stored."""
        stored = self.site.store.get(DOCUMENT, id)
        assert stored is not None
        return stored.body

    def revision(self, id: str) -> str:
        """A document's revision, as a form carries it."""
        stored = self.site.store.get(DOCUMENT, id)
        assert stored is not None
        return str(stored.revision)

    def all(self, form: str, **where: Any) -> list[str]:
        """The documents of a form, oldest first."""
        found = self.site.store.find(DOCUMENT, {"form": form, **where}, sort=("created",))
        return [entry.id for entry in found.entries]

    def reads(self, id: str) -> list[str]:
        """Who has consulted a document, in order."""
        return [one.author for one in self.site.store.audit() if one.id == id and one.action == "read"]

    def made(self, person: str, url: str, pairs: list[tuple[str, str]] | None = None) -> str:
        """Post what creates a document; gives its id."""
        answer = self.visitor(person).post(url, pairs)
        assert answer.status == 303, (answer.status, words(answer), self.site.incidents())
        return answer.headers["location"].split("/")[2].split("?")[0]

    def read(self, person: str, id: str) -> Raw:
        """A document's page, to read."""
        return self.visitor(person).get(f"/documents/{id}?lire=1")

    def save(
        self,
        person: str,
        id: str,
        step: str,
        answers: Mapping[str, str],
        do: str = "enregistrer",
        row: str = "",
    ) -> Raw:
        """Open a step, fill it and send it as a browser would; `row`: « rows:id » of a row to add."""
        page = open_step(self.visitor(person), id, step, f"?ajout={row}" if row else "")
        for name, value in answers.items():
            page.fill(name, value)
        return page.send(do)

    def act(self, person: str, id: str, action: str) -> Raw:
        """Carry out an action."""
        return self.visitor(person).post(
            f"/documents/{id}/actions/{action}", [("_revision", self.revision(id))]
        )

    # -- what most tests start from --

    def bike(self) -> str:
        """A bike of the workshop."""
        id = self.made("p-chef", "/fiches/velo/nouveau", [("place", "a-gare")])
        self.save("p-chef", id, "identite", {"marque": "Lapierre"})
        return id

    def charter(self, *houses: tuple[str, str]) -> str:
        """A charter in force, its houses added by whoever signs: person, house."""
        id = self.made("p-coord", "/fiches/charte/nouveau", [("place", "r-nord")])
        self.save("p-coord", id, "cadre", {"debut": "2026-09-01", "fin": "2027-08-31"})
        assert self.act("p-coord", id, "appliquer").status == 303
        for person, house in houses:
            row = f"signataires.{house}"
            signed = {f"{row}.maison": house, f"{row}.signature": "signer"}
            self.save(person, id, "signatures", signed, row=f"signataires:{house}")
        return id

    def repair(self, bike: str, **answers: str) -> str:
        """A repair of a bike."""
        id = self.made("p-coord", f"/documents/{bike}/creer/reparation")
        self.save("p-coord", id, "panne_vue", {"panne": "Cadre fendu", **answers})
        return id


def make_network(served: Catalogue | None = None, store: Store | None = None) -> Network:
    """Serve the network, or forms of its own kind, with its places and people, nothing else."""
    store, clock = store or open_memory(), FakeClock()
    with store.transaction("essai", clock()) as tx:
        for id, place in WORLD["places"].items():
            body = {"within": [], "attributes": {}, **place}
            keys = {"kind": place["kind"], "label": place["label"], "around": [id, *body["within"]]}
            tx.put(PLACE, id, body, keys, expected_revision=0)
        for id, person in WORLD["people"].items():
            keys = {"label": person["label"], "at": sorted({role["at"] for role in person["roles"]})}
            tx.put(PERSON, id, {"attributes": {}, **person}, keys, expected_revision=0)
    return Network(make_site(store, served or catalogue()))


def text_of(answer: Raw) -> str:
    """A page's source."""
    return answer.body.decode()


def words(answer: Raw) -> str:
    """The visible words of a page, on one line."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", text_of(answer), flags=re.DOTALL)
    return " ".join(html.unescape(text).split())
