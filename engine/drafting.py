"""What compiling needs: all forms side by side, and each form's types, values and conditions on demand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine import model
from engine.absolute import own
from engine.conditions import NEVER, Test, compile_condition
from engine.faults import Faults, Location, nearest
from engine.referentiels import Listing, listing_of_options
from engine.scopes import DocumentNames, Names, Reference, RowNames
from engine.skeleton import Item, Roles, Skeleton, Surroundings, build
from engine.types import NOTHING, Reads, Type
from engine.values import Computed, compile_value

SCALAR_KINDS = frozenset({"text", "date", "time", "boolean", "signature", "attachment"})


def version_key(version: str) -> tuple[int, ...]:
    """Order versions.

    >>> version_key("2.10.0") > version_key("2.9.1")
    True
    """
    return tuple(int(part) for part in version.split("."))


@dataclass(eq=False)
class Library:
    """Every form, list and role, as one world of names.

    `forms`: form id -> version -> (file, form). `lists`: list id -> version -> listing. `absent`: the
    versions of forms that exist but are left out for their own faults. `draftings`: those already made.
    """

    forms: Mapping[str, Mapping[str, tuple[str, model.Form]]]
    blocks: Mapping[str, model.Block]
    lists: Mapping[str, Mapping[str, Listing]]
    roles: model.Roles
    absent: Mapping[str, Collection[str]] = field(default_factory=dict)
    draftings: dict[tuple[str, str], Drafting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for form_id, versions in self.forms.items():
            for version, (file, form) in versions.items():
                if (form_id, version) not in self.draftings:
                    self.draftings[form_id, version] = self._draft(file, form)

    def _draft(self, file: str, form: model.Form) -> Drafting:
        faults = Faults(file)
        around = Surroundings(self.blocks, self._pinned(form, faults), self.expand, faults)
        return Drafting(self, build(form, around), faults)

    def _pinned(self, form: model.Form, faults: Faults) -> dict[str, Listing]:
        chosen = {name: versions[max(versions, key=version_key)] for name, versions in self.lists.items()}
        for name, version in form.pins.items():
            known = self.lists.get(name, {})
            if version not in known:
                faults.add(
                    ("pins", name), f"la liste « {name} » n'a pas de version {version}. Publiez-la d'abord."
                )
            else:
                chosen[name] = known[version]
        return chosen

    @cached_property
    def expand(self) -> dict[str, Roles]:
        """Role and group names -> roles."""
        single = {role.id: frozenset({role.id}) for role in self.roles.roles}
        known = frozenset(single)
        return single | {group: known & frozenset(names) for group, names in self.roles.groups.items()}

    @cached_property
    def role_ids(self) -> Roles:
        """All roles."""
        return frozenset(role.id for role in self.roles.roles)

    def newest(self, form: str) -> Drafting | None:
        """Give the newest version of a form."""
        versions = self.forms.get(form)
        return self.draftings[form, max(versions, key=version_key)] if versions else None

    def newest_draftings(self, forms: Iterable[str]) -> tuple[Drafting, ...]:
        """Give the newest of each major version of several forms."""
        return tuple(drafting for form in forms for drafting in self.majors(form, None))

    def majors(self, form: str, wanted: list[str] | None) -> tuple[Drafting, ...]:
        """Give the newest version of each major (all of them when `wanted` is None)."""
        best: dict[int, str] = {}
        for version in sorted(self.forms.get(form, {}), key=version_key):
            best[version_key(version)[0]] = version
        kept = [version for major, version in best.items() if wanted is None or str(major) in wanted]
        return tuple(self.draftings[form, version] for version in kept)

    def attribute_type(self, attribute: model.Attribute) -> Type:
        """Type an attribute of a list, a place or a person."""
        versions = self.lists.get(attribute.list or "", {})
        listing = versions[max(versions, key=version_key)] if versions else None
        return Type(attribute.type, unit=attribute.unit, listing=listing)


@dataclass(eq=False)
class Drafting:
    """One form being compiled: types, values and conditions are worked out once, on demand."""

    library: Library
    skeleton: Skeleton
    faults: Faults
    _values: dict[str, Computed | None] = field(default_factory=dict)
    _conditions: dict[str, Test] = field(default_factory=dict)
    _computed: dict[Item, Computed | None] = field(default_factory=dict)
    _collections: dict[str, Test] = field(default_factory=dict)
    _underway: list[str] = field(default_factory=list)

    @cached_property
    def states_listing(self) -> Listing:
        """The life cycle's states as a list."""
        states = self.skeleton.form.lifecycle.states
        return listing_of_options(
            "states", [model.Option(code=state.id, label=state.label) for state in states]
        )

    def names(self, before: int | None = None, user: bool = False, item: Item | None = None) -> Names:
        """What may be named at an item (or anywhere in the form)."""
        row = RowNames(self, self.skeleton.items[item.path]) if item is not None else None
        return Names(self, row, before, user)

    # -- values and conditions --

    def value(self, name: str) -> Computed | None:
        """Compile a named value once; a cycle is a fault."""
        if name in self._values:
            return self._values[name]
        if not self._enter(f"la valeur « {name} »", ("values", name)):
            return None
        spec = self.skeleton.form.values[name]
        found = compile_value(spec.value, self.names(user=True), ("values", name, "value"))
        self._underway.pop()
        if found is not None and spec.readers is not None:
            guards = self._declassified(spec.readers, name)
            found = Computed(
                found.type,
                found.get,
                Reads(found.reads.own, found.reads.sources, found.reads.context, guards),
            )
        self._values[name] = found
        return found

    def _declassified(self, readers: list[str], name: str) -> frozenset[Roles]:
        for reader in readers:
            if reader not in self.library.expand:
                known = nearest(reader, self.library.expand)
                self.faults.add(("values", name, "readers"), f"le rôle « {reader} » n'existe pas.{known}")
        union: Roles = frozenset().union(
            *(self.library.expand.get(reader, frozenset()) for reader in readers)
        )
        return frozenset({union}) if readers else frozenset()

    def _enter(self, what: str, location: Location) -> bool:
        if what in self._underway:
            chain = " → ".join([*self._underway[self._underway.index(what) :], what])
            self.faults.add(location, f"définition circulaire : {chain}. Rompez la chaîne.")
            return False
        self._underway.append(what)
        return True

    def value_reference(self, name: str) -> Reference | None:
        """A named value as a reference."""
        found = self.value(name)
        if found is None:
            return None
        label = self.skeleton.form.values[name].label
        return Reference(name, found.type, lambda scope: scope.state.value(name), found.reads, label)

    def condition(self, name: str) -> Test | None:
        """Compile a named condition once; None when it does not exist."""
        if name not in self.skeleton.form.conditions:
            return None
        if name in self._conditions:
            return self._conditions[name]
        location = ("conditions", name)
        if not self._enter(f"la condition « {name} »", location):
            return NEVER
        spec = self.skeleton.form.conditions[name]
        self._conditions[name] = compile_condition(spec.when, self.names(user=True), (*location, "when"))
        self._underway.pop()
        return self._conditions[name]

    def collection_test(self, name: str) -> Test | None:
        """Compile the `where` of a collection once; None without one."""
        spec = self.skeleton.form.collections[name]
        if spec.where is None:
            return None
        if name not in self._collections:
            location = ("collections", name, "where")
            if not self._enter(f"la collection « {name} »", location):
                return NEVER
            element = DocumentNames(self.library.newest_draftings(spec.forms))
            self._collections[name] = compile_condition(spec.where, self.names().at(element), location)
            self._underway.pop()
        return self._collections[name]

    def collection_reads(self, name: str) -> Reads:
        """What choosing the documents of a collection reads: read by whoever reads it."""
        test = self.collection_test(name)
        return NOTHING if test is None else test.reads

    def allowed(self, reads: Reads, text: str, names: Names, location: Location) -> bool:
        """Check what a named condition reads against where it is used."""
        if "user" in reads.sources and not names.user:
            names.fault(location, f"« {text} » dépend de qui regarde : ce n'est pas permis ici.")
            return False
        for read in sorted(reads.own):
            item = self.skeleton.items.get(tuple(read.split(".")))
            if names.before is not None and item is not None and item.order >= names.before:
                names.fault(location, f"« {text} » lit « {read} », qui vient après. Déplacez ce champ avant.")
                return False
        return True

    # -- types --

    def item_type(self, item: Item) -> Type | None:
        """Type an item's answer."""
        target = self.target(item)
        match target.type:
            case "number":
                return Type("number", unit=target.spec.unit)
            case "choice":
                return Type("codes" if target.spec.many else "code", listing=target.listing)
            case "cascade" | "checklist":
                return Type("codes", listing=target.listing)
            case "reference":
                return Type("references" if target.spec.many else "reference", target=target.spec.to)
            case "group" | "rows":
                return Type("rows", rows=target)
            case "computed":
                computed = self.computed(target)
                return None if computed is None else computed.type
            case kind if kind in SCALAR_KINDS:
                return Type(kind)
        return None

    def computed(self, item: Item) -> Computed | None:
        """Compile a computed item once."""
        if item in self._computed:
            return self._computed[item]
        if not self._enter(f"le calcul « {item.id} »", item.location):
            return None
        names = self.names(item.order, item=item.parent)
        self._computed[item] = compile_value(item.spec.value, names, (*item.location, "value"))
        self._underway.pop()
        return self._computed[item]

    def target(self, item: Item) -> Item:
        """Give the record's field behind a bound field, the item itself otherwise."""
        if item.type != "bound":
            return item
        found = self.bound_target(item)
        return item if found is None else found

    def bound_target(self, item: Item) -> Item | None:
        """Find the shared field of the subject that a bound field edits."""
        parts = item.spec.to.split(".")
        subjects = self.subject_draftings()
        if self.skeleton.form.subject is None:
            self.faults.add(
                item.location, "un champ lié demande un sujet. Déclarez « subject », ou changez de type."
            )
            return None
        if not subjects:
            return None  # the checks say that the subject is unknown
        if parts[0] != "subject" or len(parts) != 2:
            self.faults.add(
                (*item.location, "to"), f"« {item.spec.to} » : écrivez « subject. » puis un champ partagé."
            )
            return None
        target = subjects[0].skeleton.named.get(parts[1])
        if target is None:
            known = nearest(parts[1], subjects[0].skeleton.named)
            self.faults.add((*item.location, "to"), f"« {item.spec.to} » n'existe pas.{known}")
            return None
        if not getattr(target.spec, "shared", False):
            self.faults.add(
                (*item.location, "to"), f"« {item.spec.to} » n'est pas partagé : ajoutez-y « shared »."
            )
            return None
        return target

    # -- other forms --

    def subject_draftings(self) -> tuple[Drafting, ...]:
        """The subject's form, in its newest version: records are not pinned."""
        subject = self.skeleton.form.subject
        found = self.library.newest(subject) if subject else None
        return () if found is None else (found,)

    def link_draftings(self, name: str) -> tuple[Drafting, ...]:
        """The versions of the linked form that this form reads."""
        link = self.skeleton.form.links[name]
        return self.library.majors(link.form, link.versions)

    def over_source(self, rows: Item) -> list[tuple[Drafting, Item]] | None:
        """Find the rows of another document that these rows follow."""
        if rows.type != "rows" or rows.spec.over is None:
            return None
        head, _, field_id = rows.spec.over.partition(".")
        draftings: tuple[Drafting, ...] = ()
        if head == "subject":
            draftings = self.subject_draftings()
        elif head in self.skeleton.form.links:
            draftings = self.link_draftings(head)
        found = [(one, one.skeleton.named[field_id]) for one in draftings if field_id in one.skeleton.named]
        return [(one, item) for one, item in found if item.type == "rows"] or None

    def owner(self, reference: Reference) -> Drafting:
        """The form that holds the rows of a reference."""
        rows = reference.type.rows
        for drafting in (self, *self.library.draftings.values()):
            if rows is not None and drafting.skeleton.items.get(rows.path) is rows:
                return drafting
        return self

    def reader(self, parts: tuple[str, ...]) -> Reference | None:
        """Resolve a path read from another form, without noting faults; absent gives None."""
        return own(parts, self, lambda _fault: None)


__all__ = ["NOTHING", "Drafting", "Library", "version_key"]
