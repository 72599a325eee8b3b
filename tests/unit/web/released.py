"""The project's definitions in a folder of one's own, with versions published there for a test."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo_site import SHELF

from web.app import DEFINITIONS, REFERENTIELS
from web.catalogue import Catalogue, digest, load, working
from web.keeping import write_manifest

# A publication plays every scenario of its folder: these are enough to see that it does.
SCENARIOS = {"ppre": {"trois-domaines.json"}, "bilan": {"suites-contraires.json"}}
Edit = Callable[[dict[str, Any]], object]


class Released:
    """A copy of `definitions/` and `referentiels/`, with a few scenarios."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.definitions, self.referentiels = root / "definitions", root / "referentiels"
        shutil.copytree(DEFINITIONS, self.definitions, ignore=_left_out)
        shutil.copytree(REFERENTIELS, self.referentiels)

    def form(self, form: str, version: str) -> dict[str, Any]:
        """Read a published version."""
        found: dict[str, Any] = json.loads(
            (self.definitions / form / "versions" / f"{version}.json").read_text("utf-8")
        )
        return found

    def publish(self, form: str, base: str, version: str, edit: Edit) -> None:
        """Publish an edited copy of a version, without asking anything."""
        found = self.form(form, base)
        edit(found)
        found["version"] = version
        raw = json.dumps(found, ensure_ascii=False).encode()
        path = self.definitions / form / "versions" / f"{version}.json"
        path.write_bytes(raw)
        write_manifest(self.definitions, {path.relative_to(self.definitions).as_posix(): digest(raw)})

    def write(self, name: str, data: Any) -> None:
        """Write a JSON file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")

    def load(self) -> Catalogue:
        """What is published."""
        return load(self.definitions, self.referentiels, shelf=SHELF)

    def working(self) -> Catalogue:
        """The working copies."""
        return working(self.definitions, self.referentiels, shelf=SHELF)


def _left_out(folder: str, names: list[str]) -> set[str]:
    path = Path(folder)
    return set(names) - SCENARIOS.get(path.parent.name, set()) if path.name == "scenarios" else set()


def item_of(form: dict[str, Any], id: str) -> dict[str, Any]:
    """Find an item of a definition by its id, at any depth."""

    def find(nodes: Any) -> Any:
        for node in nodes:
            if node["id"] == id:
                return node
            inner = find(node["items"]) if isinstance(node.get("items"), list) else None
            if inner is not None:
                return inner
        return None

    found: dict[str, Any] = next(one for step in form["steps"] if (one := find(step["items"])) is not None)
    return found
