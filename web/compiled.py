"""Files of definitions -> compiled forms, family by family; a family that a shelf has is not compiled again.

The key of a family hashes all that its library holds: the forms' files with their names, the blocks, the
lists with their versions, the roles, what is left out. Its library holds nothing else, so that what a
compilation might read without being hashed isn't there to be read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.compile import CompiledForm, compile_all
from engine.drafting import Library
from engine.families import families
from engine.faults import Fault
from engine.model import Block, CodeList, Form, Roles
from engine.referentiels import Listing
from web.shelf import Family, File, Shelf

Key = tuple[str, str]  # id, version
Compiled = tuple[dict[Key, CompiledForm], list[Fault], Library]


@dataclass(frozen=True, eq=False)
class Parts:
    """What a library is made of; `forms` and `lists` by id and version, `forms` with their files' names.

    `absent`: the versions of forms that are left out for their own faults, by id.
    """

    forms: Mapping[str, Mapping[str, tuple[str, File[Form]]]]
    blocks: Mapping[str, File[Block]]
    lists: Mapping[str, Mapping[str, File[CodeList]]]
    roles: File[Roles]
    absent: Mapping[str, frozenset[str]]

    @property
    def listings(self) -> dict[str, dict[str, Listing]]:
        """The lists, indexed."""
        return {
            name: {version: one.listing for version, one in versions.items()}
            for name, versions in self.lists.items()
        }

    def of(self, names: frozenset[str]) -> Parts:
        """What a family is made of; `names`: the words of its forms, and their own ids."""
        forms = {name: versions for name, versions in self.forms.items() if name in names}
        absent = {name: versions for name, versions in self.absent.items() if name in names}
        blocks = {name: one for name, one in self.blocks.items() if name in names}
        return Parts(forms, blocks, self.lists, self.roles, absent)

    def library(self, draftings: Mapping[Key, Any] | None = None) -> Library:
        """One world of names; with its forms' draftings, where they were made already."""
        forms = {
            name: {version: (file, one.part) for version, (file, one) in versions.items()}
            for name, versions in self.forms.items()
        }
        blocks = {name: one.part for name, one in self.blocks.items()}
        return Library(forms, blocks, self.listings, self.roles.part, self.absent, dict(draftings or {}))

    def without(self, faulty: set[str]) -> Parts:
        """The same but for the forms of some files."""
        kept: dict[str, dict[str, tuple[str, File[Form]]]] = {}
        absent = dict(self.absent)
        for id, version, file, one in self._each():
            if file in faulty:
                absent[id] = absent.get(id, frozenset()) | {version}
            else:
                kept.setdefault(id, {})[version] = (file, one)
        return Parts(kept, self.blocks, self.lists, self.roles, absent)

    @property
    def key(self) -> str:
        """The hash of everything here."""
        whole = [
            [[id, version, file, one.digest] for id, version, file, one in self._each()],
            sorted([name, one.digest] for name, one in self.blocks.items()),
            sorted(
                [name, version, one.digest]
                for name, versions in self.lists.items()
                for version, one in versions.items()
            ),
            self.roles.digest,
            sorted([name, *sorted(versions)] for name, versions in self.absent.items()),
        ]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()

    def _each(self) -> list[tuple[str, str, str, File[Form]]]:
        return sorted(
            (
                (id, version, file, one)
                for id, versions in self.forms.items()
                for version, (file, one) in versions.items()
            ),
            key=lambda found: found[:2],
        )

    def named(self) -> dict[str, frozenset[str]]:
        """What each form's versions may name; through a block, what the block does."""
        found: dict[str, frozenset[str]] = {}
        for id, _, _, one in self._each():
            said = one.words
            inside = [block.words for name, block in self.blocks.items() if name in said]
            found[id] = found.get(id, frozenset({id})).union(said, *inside)
        return found


def compiled(parts: Parts, shelf: Shelf) -> Compiled:
    """Compile every form; where one has faults, all together: what is said then looks at every form.

    Gives the good ones, the faults and the library of all.
    """
    found: dict[Key, CompiledForm] = {}
    draftings: dict[Key, Any] = {}
    named = parts.named()
    for members in families(named):
        own = parts.of(frozenset().union(*(named[id] for id in members)))
        family = shelf.family(own.key, lambda own=own: _family(own))  # type: ignore[misc]
        if family is None:
            library = parts.library()
            return (*compile_all(library), library)
        found |= family.forms
        draftings |= family.library.draftings
    return found, [], parts.library(draftings)


def _family(parts: Parts) -> Family | None:
    library = parts.library()
    good, faults = compile_all(library)
    return None if faults else Family(library, good)
