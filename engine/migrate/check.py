"""A migration file read against its two versions: compiled into a stage, or every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.faults import Fault, Faults, Location, nearest
from engine.migrate import model
from engine.migrate.apply import Stage
from engine.migrate.convert import CONVERTERS, PICKS
from engine.scopes import Names
from engine.skeleton import Item
from engine.values import Computed, compile_as

Forms = Mapping[tuple[str, str], CompiledForm]


def compile_migration(
    migration: model.Migration, forms: Forms, file: str
) -> tuple[Stage | None, tuple[Fault, ...]]:
    """Check a migration against the forms that it names; gives its stage, or its faults."""
    faults = Faults(file)
    ends = [_end(migration, key, forms, faults) for key in ("from", "to")]
    source, target = ends
    if source is None or target is None:
        return None, tuple(faults.found)
    if version_key(migration.from_) >= version_key(migration.to):
        faults.add(("to",), f"« to » doit être une version plus récente que {migration.from_}.")
    work = _Work(source, target, faults, dict(_named(source)))
    for index, move in enumerate(migration.moves):
        work.location = ("moves", index)
        work.index = index
        CHECKS[type(move)](move, work)
    if faults.found:
        return None, tuple(sorted(faults.found))
    return Stage(tuple(migration.moves), source, target, work.fills, migration.why), ()


def _end(migration: model.Migration, key: str, forms: Forms, faults: Faults) -> CompiledForm | None:
    version = migration.from_ if key == "from" else migration.to
    found = forms.get((migration.form, version))
    if found is None:
        known = sorted((number for name, number in forms if name == migration.form), key=version_key)
        words = f" Connues : {', '.join(known)}." if known else ""
        faults.add((key,), f"« {migration.form} » n'a pas de version {version}.{words}")
    return found


def _named(form: CompiledForm) -> Iterator[tuple[str, Item]]:
    """The fields of a form by static dotted path."""
    for path, item in form.skeleton.items.items():
        if item.is_field:
            yield ".".join(path), item


@dataclass
class _Work:
    """One migration being checked; `here`: what is answered at this point, and as which field."""

    source: CompiledForm
    target: CompiledForm
    faults: Faults
    here: dict[str, Item]
    fills: dict[int, Computed] = field(default_factory=dict)
    location: Location = ()
    index: int = 0

    def fault(self, key: Location, text: str) -> None:
        """Note a fault of the move at hand."""
        self.faults.add((*self.location, *key), text)

    def known(self, path: str, key: Location) -> Item | None:
        """Find a field that is answered at this point."""
        if path in self.here:
            return self.here[path]
        if tuple(path.split(".")) in self.source.skeleton.items:
            text = f"« {path} » a déjà été déplacé par un mouvement plus haut. Retirez l'un des deux."
        else:
            text = (
                f"« {path} » n'est pas un champ de « {self.source.id} » {self.source.version}."
                f"{nearest(path, self.here)}"
            )
        self.fault(key, text)
        return None

    def wanted(self, path: str, key: Location) -> Item | None:
        """Find a field of the version to reach."""
        found = dict(_named(self.target)).get(path)
        if found is None:
            known = nearest(path, dict(_named(self.target)))
            self.fault(
                key, f"« {path} » n'est pas un champ de « {self.target.id} » {self.target.version}.{known}"
            )
        return found

    def free(self, path: str, key: Location) -> None:
        """Refuse to write over answers that a field already has."""
        if path in self.here:
            self.fault(key, f"« {path} » a déjà ses réponses : déplacez-les d'abord, ou réunissez les deux.")

    def gone(self, *paths: str) -> None:
        """Note that fields were taken away, with what is in them."""
        for path in paths:
            for one in [one for one in self.here if one == path or one.startswith(f"{path}.")]:
                del self.here[one]

    def come(self, path: str, item: Item | None) -> None:
        """Note that a field now has answers."""
        if item is not None:
            self.here[path] = item
            self.here |= {f"{path}.{child.id}": child for child in item.children if child.is_field}

    def kind(self, item: Item) -> str:
        """The type of a field's answers."""
        form = self.source if item in self.source.skeleton.items.values() else self.target
        return form.target(item).type

    def of_type(self, item: Item | None, types: frozenset[str], key: Location) -> None:
        """Refuse a field of another type."""
        if item is not None and self.kind(item) not in types:
            words = ", ".join(sorted(types))
            self.fault(key, f"« {item.id} » est de type {self.kind(item)} ; il faut : {words}.")

    def codes(self, item: Item | None, codes: Sequence[str], key: Location) -> None:
        """Refuse codes that the list of a field doesn't have."""
        listing = None if item is None else self.target.target(item).listing
        for code in codes:
            if listing is not None and code not in listing:
                self.fault(key, f"le code « {code} » n'est pas dans sa liste.{nearest(code, listing)}")


TEXT = frozenset({"text"})


def _rename(move: model.Rename, work: _Work) -> None:
    old, new = work.known(move.field, ("field",)), work.wanted(move.to, ("to",))
    if move.field.rpartition(".")[0] != move.to.rpartition(".")[0]:
        work.fault(("to",), "un champ ne change pas de groupe ni de lignes en changeant de nom.")
        return
    work.free(move.to, ("to",))
    if old is not None and new is not None and work.kind(old) != work.kind(new):
        work.fault(
            ("to",),
            f"« {move.field} » ({work.kind(old)}) et « {move.to} » ({work.kind(new)}) n'ont pas "
            "le même type : employez « convert », ou archivez.",
        )
    work.gone(move.field)
    work.come(move.to, new)


def _map(move: model.MapCodes, work: _Work) -> None:
    item = work.known(move.field, ("field",))
    work.of_type(item, PICKS, ("field",))
    new = dict(_named(work.target)).get(move.field)
    for old, given in move.codes.items():
        codes = [given] if isinstance(given, str) else list(given)
        work.codes(new, codes, ("codes", old))
        target = None if new is None else work.target.target(new)
        if len(codes) > 1 and target is not None and target.type == "choice" and not target.spec.many:
            work.fault(("codes", old), f"« {move.field} » n'admet qu'un choix : donnez un seul code.")


def _split(move: model.Split, work: _Work) -> None:
    work.of_type(work.known(move.field, ("field",)), PICKS, ("field",))
    work.gone(move.field)
    for name, codes in move.into.items():
        new = work.wanted(name, ("into", name))
        work.of_type(new, PICKS, ("into", name))
        work.codes(new, codes, ("into", name))
        work.come(name, new)


def _merge(move: model.Merge, work: _Work) -> None:
    _gather(move.from_, move.into, PICKS, work)


def _join(move: model.Join, work: _Work) -> None:
    _gather(move.from_, move.into, TEXT, work)


def _gather(names: Sequence[str], into: str, types: frozenset[str], work: _Work) -> None:
    for index, name in enumerate(names):
        work.of_type(work.known(name, ("from", index)), types, ("from", index))
    work.gone(*names)
    work.free(into, ("into",))
    new = work.wanted(into, ("into",))
    work.of_type(new, types, ("into",))
    work.come(into, new)


def _cut(move: model.Cut, work: _Work) -> None:
    work.of_type(work.known(move.field, ("field",)), TEXT, ("field",))
    work.gone(move.field)
    for index, name in enumerate(move.into):
        work.free(name, ("into", index))
        new = work.wanted(name, ("into", index))
        work.of_type(new, TEXT, ("into", index))
        work.come(name, new)


def _wrap(move: model.Wrap, work: _Work) -> None:
    holder = work.wanted(move.into, ("into",))
    work.of_type(holder, frozenset({"group", "rows"}), ("into",))
    inner = {} if holder is None else {child.id: child for child in holder.children}
    for old, new in move.as_.items():
        item = work.known(old, ("as", old))
        if new not in inner:
            if holder is not None:
                work.fault(("as", old), f"« {new} » n'est pas dans « {move.into} ».{nearest(new, inner)}")
        elif item is not None and work.kind(item) != work.kind(inner[new]):
            work.fault(("as", old), f"« {old} » et « {move.into}.{new} » n'ont pas le même type.")
    work.gone(*move.as_)
    work.come(move.into, holder)


def _convert(move: model.Convert, work: _Work) -> None:
    way = CONVERTERS[move.by]
    work.of_type(work.known(move.field, ("field",)), way.takes, ("field",))
    new = work.wanted(move.to, ("to",))
    work.of_type(new, way.gives, ("to",))
    if move.by == "text_to_detail":
        if move.code is None:
            work.fault(("code",), "« code » manque : quel élément reçoit la précision ?")
        else:
            work.codes(new, [move.code], ("code",))
    else:
        work.free(move.to, ("to",))
    work.gone(move.field)
    work.come(move.to, new)


def _fill(move: model.Fill, work: _Work) -> None:
    item = work.wanted(move.field, ("field",))
    typed = None if item is None else work.target.drafting.item_type(item)
    if item is None or typed is None:
        return
    if typed.kind == "rows":
        work.fault(("field",), f"« {move.field} » a des lignes : remplissez ses champs un à un.")
        return
    # a drafting notes the faults of its own file: what is compiled here is of another one
    drafting = replace(work.target.drafting, faults=work.faults)
    names = Names(drafting, None, None, False)
    value = compile_as(move.value, typed, names, (*work.location, "value"))
    if value is not None:
        work.fills[work.index] = value
        work.come(move.field, item)


def _ask(move: model.Ask, work: _Work) -> None:
    work.wanted(move.field, ("field",))


def _archive(move: model.Archive, work: _Work) -> None:
    work.known(move.field, ("field",))
    work.gone(move.field)


CHECKS: Mapping[type, Callable[[Any, _Work], None]] = {
    model.Rename: _rename,
    model.MapCodes: _map,
    model.Split: _split,
    model.Merge: _merge,
    model.Cut: _cut,
    model.Join: _join,
    model.Wrap: _wrap,
    model.Convert: _convert,
    model.Fill: _fill,
    model.Ask: _ask,
    model.Archive: _archive,
}
