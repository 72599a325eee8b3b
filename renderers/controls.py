"""A field -> what its control needs, by type: value, options, precisions, slots, folds. No HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine import signatures
from engine.answers import code_of, is_raw, picks_of
from engine.attachments import KINDS
from engine.french import UNITS, clock, enumerate_words, short_date, weight
from engine.offers import Offer, RowOffer
from engine.paths import Path, dotted, html_id
from engine.present import read_value
from engine.problems import Problem
from engine.skeleton import Item
from engine.suggesting import suggested
from engine.validate import slot_label
from renderers.long_lists import Spot, long_level, options_at, searched_field, spreads
from renderers.options import option_view
from renderers.showing import Showing, is_long, message_of, shown_as, tabbed
from renderers.tree import (
    FoldView,
    LevelView,
    OptionView,
    SearchView,
    SlotView,
    TabView,
)

SMALL = 300  # entries of a list whose branches are all sent: some 6 kB compressed
ANY_SLOT = "§"  # stands for a slot's number; web/static/canevas.js puts it in


def _entered(showing: Showing, path: Path) -> Any:
    stored = showing.state.stored(path)
    return str(stored["raw"]) if is_raw(stored) else stored


def _text(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    value = _entered(showing, path) or ""
    limit = item.spec.max
    width = "w34" if item.spec.lines > 1 or (limit or 100) > 60 else "w20"
    return {
        "value": value,
        "lines": item.spec.lines,
        "max": limit,
        "length": len(value),
        "placeholder": item.spec.placeholder or "",
        "width": width,
    }


def _number(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    value = _entered(showing, path)
    words = UNITS[item.spec.unit] if item.spec.unit else item.spec.suffix or ""
    return {"value": "" if value is None else str(value).replace(".", ","), "unit": words, "width": "w5"}


def _date(showing: Showing, _item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    stored = showing.state.stored(path)
    day = showing.state.values.get(path)
    return {
        "value": short_date(day) if day is not None else _entered(showing, path) if is_raw(stored) else ""
    }


def _time(showing: Showing, _item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    moment = showing.state.values.get(path)
    return {"value": clock(moment) if moment is not None else _entered(showing, path) or ""}


def _boolean(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    return {
        "value": showing.state.stored(path),
        "as": "checkbox" if item.spec.display == "checkbox" else "radios",
    }


def _choice(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    offer = showing.state.offers.get(path)
    shown = shown_as(showing, item, path)
    if shown == "search" and isinstance(offer, Offer):
        picked = {code_of(pick): pick for pick in showing.state.stored(path) or []}
        return searched_field(item, path, offer, picked, showing.searches.get(dotted(path), ""))
    stored = showing.state.stored(path) or []
    picked = {code_of(pick): pick for pick in stored}
    options = offer.options if offer is not None else ()
    views = tuple(
        option_view(item, path, code, _label(showing, offer, code), picked, 0, n)
        for n, code in enumerate(options, start=1)
    )
    return {
        "as": shown,
        "options": views,
        "placeholder": item.spec.placeholder or "Choisissez un élément",
    }


def _label(showing: Showing, offer: Offer | RowOffer | None, code: str) -> str:
    if isinstance(offer, Offer):
        return offer.listing.label(code)
    if offer is None:
        return code
    title, words = offer.labels.get(code, code), _row_words(showing, offer.source, code)
    return f"{title} : {words}" if words and words not in title else title


MOST_WORDS = 80  # characters of a row's own words


def _row_words(showing: Showing, rows: str, row: str) -> str:
    """The first text that somebody wrote in a row, as far as whoever picks may read it."""
    source = showing.state.form.skeleton.named[rows]
    for child in source.children:
        words = showing.state.values.get((rows, row, child.id))
        if child.type == "text" and isinstance(words, str) and showing.grant.may_read(child):
            return words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1].rstrip()}…"
    return ""


def _cascade(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    offer = showing.state.offers.get(path)
    stored: list[Any] = showing.state.stored(path) or []
    problems = showing.problems_at(path)
    slots = tuple(
        cascade_slot(showing, item, path, offer, stored, n, problems)
        for n in range(1, slot_count(showing, item, path, stored) + 1)
        if isinstance(offer, Offer)
    )
    return {"slots": slots, "branches": branches_of(item, path, offer)}


def branches_of(item: Item, path: Path, offer: Offer | RowOffer | None) -> Branches | tuple[()]:
    """What each first pick opens, to be sent along when the list is small; nothing when it isn't."""
    if not isinstance(offer, Offer) or len(offer.listing) > SMALL or len(item.spec.levels) < 2:
        return ()
    shown = offer.root if offer.rules.filter is None else offer.options
    return () if offer.rootless else Branches(item, path, offer, shown)


@dataclass(frozen=True)
class Branches:
    """The branches of a small list, in any slot: (first pick, level), worked out when they are drawn."""

    item: Item
    path: Path
    offer: Offer = field(compare=False)
    shown: str | tuple[str, ...] | None  # what decides which they are

    def __iter__(self) -> Iterator[tuple[str, LevelView]]:
        fresh = replace(self.offer, held=frozenset())
        for code in fresh.children(None):
            level = _level(self.item, self.path, fresh, code, 1, ANY_SLOT, "")
            if level is not None:
                yield code, level


def slot_count(showing: Showing, item: Item, path: Path, stored: list[Any]) -> int:
    """How many first picks a cascade shows: as many as it takes, or one more than there are."""
    _low, high = showing.state.form.rules[item.path].level_bounds[item.spec.levels[0].id]
    most = high.get(showing.state.scope(path)) if high is not None else None
    wanted = int(most) if most is not None and most <= 6 else len(stored) + 1
    return max(wanted, len(stored), 1)


def cascade_slot(
    showing: Showing, item: Item, path: Path, offer: Offer, stored: list[Any], n: int, problems: list[Problem]
) -> SlotView:
    """Build the n-th first pick of a cascade, and what it opens."""
    pick = stored[n - 1] if n <= len(stored) else None
    code = None if pick is None else code_of(pick)
    options, search = slot_options(item, Spot(path, n), offer, stored, code, showing.searches)
    messages = tuple(message_of(showing, problem, item) for problem in problems if problem.slot == n)
    level = None if code is None else _opened(showing, item, path, offer, pick, n)
    count = 0 if pick is None else sum(1 for _ in _codes(picks_of(pick)))
    return SlotView(
        n=n,
        label=slot_label(item, n),
        name=f"{dotted(path)}~{n}",
        html_id=f"{html_id(path)}-{n}",
        options=options,
        tally=slot_tally(pick, count),
        open=n == 1 or pick is not None or bool(messages),
        level=level,
        messages=messages,
        search=search,
    )


def slot_options(
    item: Item, spot: Spot, offer: Offer, stored: list[Any], code: str | None, words: Mapping[str, str]
) -> tuple[tuple[OptionView, ...], SearchView | None]:
    """The options of a first pick, of which `code` is chosen; and how they are searched, if they are."""
    elsewhere = {code_of(other): m for m, other in enumerate(stored, start=1) if m != spot.slot}
    held = () if code is None else (code,)
    codes, search = options_at(offer, spot, slot_label(item, spot.slot), held, words)
    ends = [one.replace(".", "_") for one in codes] if search else range(1, len(codes) + 1)
    options = tuple(
        OptionView(
            code=one,
            label=offer.listing.label(one),
            html_id=f"{html_id(spot.path)}-{spot.slot}--{end}",
            checked=one == code,
            note=f"déjà choisi au n° {elsewhere[one]}" if one in elsewhere else "",
        )
        for end, one in zip(ends, codes, strict=True)
    )
    return options, search


def _opened(showing: Showing, item: Item, path: Path, offer: Offer, pick: Any, slot: int) -> LevelView | None:
    """What a first pick opens: every branch below it, unless there are too many entries there."""
    if spreads(offer, code_of(pick), len(item.spec.levels) - 1):
        return long_level(item, offer, Spot(path, slot), pick, showing.searches)
    return _level(item, path, offer, pick, 1, slot, "")


def _codes(picks: Iterable[Any]) -> Iterable[str]:
    for pick in picks:
        yield code_of(pick)
        yield from _codes(picks_of(pick))


def row_tally(filled: int, shown: int) -> str:
    """Say how much of a row is filled."""
    if filled in {0, shown}:
        return "Complet" if filled else "Vide"
    return f"{filled} champ{'s' if filled > 1 else ''} sur {shown}"


def slot_tally(pick: Any, count: int) -> str:
    """Say how much a first pick of a cascade holds."""
    if pick is None:
        return "Vide"
    return f"{count} cochés" if count > 1 else f"{count} coché" if count else "Rien de coché"


def _level(
    item: Item, path: Path, offer: Offer, pick: Any, depth: int, slot: int | str, prefix: str
) -> LevelView | None:
    """The options under a pick; every branch is there, shown when its parent is ticked."""
    if depth >= len(item.spec.levels):
        return None
    parent = code_of(pick)
    picked = {code_of(child): child for child in picks_of(pick)}
    spec = item.spec.levels[depth]
    options: list[OptionView] = []
    for n, code in enumerate(offer.children(parent), start=1):
        below = _level(item, path, offer, picked.get(code, code), depth + 1, slot, f"{prefix}-{n}")
        options.append(
            option_view(
                item,
                path,
                code,
                offer.listing.label(code),
                picked,
                slot,
                n,
                below if below is not None and below.options else None,
                f"-{slot}{prefix}",
            )
        )
    return LevelView(
        legend=spec.label or item.label,
        context=offer.listing.label(parent),
        name=f"{dotted(path)}~{slot}~p",
        many=spec.many,
        options=tuple(options),
    )


def _checklist(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    offer = showing.state.offers.get(path)
    stored = showing.state.stored(path) or []
    picked = {code_of(pick): pick for pick in stored}
    name = dotted(path)
    data = {"tabs": (), "tab_name": name, "folds": (), "total": len(picked), "shown": ""}
    if not isinstance(offer, Offer) or offer.rootless:
        return data | _suggestions(showing, path, ())
    data |= _suggestions(showing, path, suggested(showing.state, _own(showing, path), path))
    listing, root = offer.listing, offer.root
    if is_long(offer):  # what is ticked elsewhere in the list stays as it is
        inside = (code for code in picked if root is None or root in listing.ancestors(code))
        here = {code: picked[code] for code in inside}
        long = searched_field(item, path, offer, here, showing.searches.get(name, ""))
        return data | long | {"shown": root or ""}
    tops = list(offer.children(None))
    if not tabbed(offer, tops):
        folds = _folds(item, path, offer, None, tops, picked)
        return data | {"folds": folds, "shown": root or ""}
    wanted = showing.tabs.get(name)
    current = wanted if wanted in tops else tops[0]
    tabs = tuple(
        TabView(
            top,
            listing.label(top),
            top == current,
            count=sum(1 for leaf in offer.leaves(top) if leaf in picked),
        )
        for top in tops
    )
    folds = _folds(item, path, offer, current, list(offer.children(current)), picked)
    return data | {"tabs": tabs, "folds": folds, "shown": current}


def _own(showing: Showing, path: Path) -> Item:
    """The form's own item at a path, also where it edits a field of another form."""
    return showing.state.form.skeleton.items[showing.state.static(path)]


def _suggestions(showing: Showing, path: Path, codes: tuple[str, ...]) -> dict[str, Any]:
    """What is proposed beside the boxes: title, each code with its label, the value that takes all."""
    if not codes:
        return {"suggested": (), "suggest": "", "suggest_all": ""}
    listing = showing.state.form.target(_own(showing, path)).listing
    assert listing is not None
    title = _own(showing, path).spec.suggest.label or "Proposé d'après vos autres réponses"
    options = tuple((f"+{code}", listing.label(code)) for code in codes)
    return {"suggested": options, "suggest": title, "suggest_all": f"+{','.join(codes)}"}


def _folds(
    item: Item, path: Path, offer: Offer, parent: str | None, codes: list[str], picked: Mapping[str, Any]
) -> tuple[FoldView, ...]:
    listing = offer.listing
    order = {code: n for n, code in enumerate(offer.options, start=1)}
    loose = [code for code in codes if not listing.children(code)]
    folds = [_fold(item, path, offer, code, picked, order) for code in codes if listing.children(code)]
    if loose:
        label = listing.label(parent) if parent is not None else item.label
        folds.insert(0, _leaf_fold(item, path, offer, parent or "", label, loose, picked, order))
    opened = [fold.checked > 0 or n == 0 for n, fold in enumerate(folds)]
    return tuple(
        FoldView(fold.code, fold.label, fold.checked, fold.total, is_open, fold.options, fold.groups)
        for fold, is_open in zip(folds, opened, strict=True)
    )


def _fold(
    item: Item, path: Path, offer: Offer, code: str, picked: Mapping[str, Any], order: Mapping[str, int]
) -> FoldView:
    listing = offer.listing
    below = list(offer.children(code))
    loose = [child for child in below if not listing.children(child)]
    inner = tuple(
        _fold(item, path, offer, child, picked, order) for child in below if listing.children(child)
    )
    leaf = _leaf_fold(item, path, offer, code, listing.label(code), loose, picked, order)
    checked = leaf.checked + sum(fold.checked for fold in inner)
    total = leaf.total + sum(fold.total for fold in inner)
    return FoldView(code, listing.label(code), checked, total, False, leaf.options, inner)


def _leaf_fold(
    item: Item,
    path: Path,
    offer: Offer,
    code: str,
    label: str,
    leaves: Sequence[str],
    picked: Mapping[str, Any],
    order: Mapping[str, int],
) -> FoldView:
    options = tuple(
        option_view(item, path, leaf, offer.listing.label(leaf), picked, 0, order.get(leaf, 0))
        for leaf in leaves
    )
    return FoldView(code, label, sum(one.checked for one in options), len(options), False, options)


def _reference(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    stored = showing.state.stored(path) or []
    chosen = {one["id"]: one["label"] for one in stored}
    offered = dict(showing.candidates(item))
    everyone = offered | {one: label for one, label in chosen.items() if one not in offered}
    options = tuple(
        OptionView(one, label, f"{html_id(path)}--{n}", checked=one in chosen)
        for n, (one, label) in enumerate(sorted(everyone.items(), key=lambda pair: pair[1]), start=1)
    )
    return {
        "as": shown_as(showing, item, path),
        "options": options,
        "placeholder": "Choisissez un élément",
        "empty": "Personne ne peut être choisi ici pour le moment.",
    }


ACTS = {
    signatures.SIGN: "Signer",
    signatures.PAPER: "Enregistrer une signature sur papier",
    signatures.WITHDRAW: "Retirer la signature",
}


def _signature(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    state = showing.state
    stored, void = state.stored(path), state.void.get(path)
    acts = signatures.possible(state, item, path, showing.grant.roles)
    return {
        "text": "" if stored is None else signatures.typed(stored).words(),
        "void": "" if void is None else signatures.typed(void).words(),
        "acts": tuple((act, ACTS[act]) for act in acts),
    }


def _attachment(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    spec = item.spec
    kinds = enumerate_words([KINDS[one].words for one in spec.accept], "ou")
    each = " chacun" if spec.many else ""
    stored = showing.state.stored(path) or []
    if spec.many:
        prompt = "Choisir des fichiers"
    else:
        prompt = "Choisir un autre fichier, à la place" if stored else "Choisir un fichier"
    return {
        "files": tuple(
            {"id": one["file"], "name": one["name"], "size": weight(one["size"])} for one in stored
        ),
        "prompt": prompt,
        "many": spec.many,
        "accept": ",".join(ending for one in spec.accept for ending in KINDS[one].endings),
        "most": spec.max_mb * 1_000_000,
        "hint": f"{kinds}, {spec.max_mb} Mo au plus{each}",
        "over": f"Ce fichier dépasse {spec.max_mb} Mo : il ne sera pas envoyé. Réduisez-le, puis "
        "choisissez-le de nouveau.",
    }


def _computed(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    value = read_value(showing.state, item, path)
    return {"text": value.get("text")}


CONTROLS: Mapping[str, Callable[[Showing, Item, Path, bool], dict[str, Any]]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "time": _time,
    "boolean": _boolean,
    "choice": _choice,
    "cascade": _cascade,
    "checklist": _checklist,
    "reference": _reference,
    "signature": _signature,
    "attachment": _attachment,
    "computed": _computed,
}
