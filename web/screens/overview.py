"""A place at a glance, for those whose role there lets them read: counts, what is late, plots with tables.

Keys are counted, a bounded number of them. Where keys alone don't decide whether somebody may read, each
document is opened, or nothing is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.access import decided_by_keys
from engine.alerts import alerts_for
from engine.compile import CompiledForm
from engine.french import MONTHS, long_date
from renderers.gestures import Bars, OverviewPage, column_plot
from renderers.pages import Button, Cell, Row
from storage.base import AnyOf, Entry, Where
from web.catalogue import Catalogue
from web.failures import NotFound
from web.screens.search import newest_forms
from web.screens.shared import document_url, over_line
from web.world import DOCUMENT, PLACE, Desk

COUNTED = 5_000  # documents of a form
OPENED = 200  # where keys don't decide
LATE = 100  # documents looked at for what is late
SHOWN = 30
YEAR = 12  # months
SHORT = "janv févr mars avr mai juin juil août sept oct nov déc".split()


@dataclass(frozen=True)
class Counts:
    """The documents of a form that somebody may read at a place. `partial`: there are others."""

    form: CompiledForm
    entries: tuple[Entry, ...]
    partial: bool


@dataclass(frozen=True)
class Seen:
    """What is known of a place."""

    label: str
    forms: tuple[Counts, ...]
    late: tuple[Row, ...]
    more_late: bool


def overseen(catalogue: Catalogue, assigned: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """The places where a role that somebody holds there lets them read."""
    names = {form for form, _ in catalogue.forms}
    forms = [form for name in names if (form := catalogue.newest(name)) is not None]
    readers = {role for form in forms for right in form.rights if "read" in right.may for role in right.who}
    return tuple(dict.fromkeys(one["at"] for one in assigned if one["role"] in readers))


def places_overseen(here: Desk) -> list[tuple[str, str]]:
    """The places that somebody may look over, with their labels."""
    found = overseen(here.catalogue, here.me.roles)
    return sorted(((id, str(here.place(id).get("label", id))) for id in found), key=lambda one: one[1])


def seen(here: Desk, place: str) -> Seen:
    """Count what somebody may read at a place by their roles there; NotFound where they have none."""
    if place not in overseen(here.catalogue, here.me.roles) or here.reader.get(PLACE, place) is None:
        raise NotFound
    roles = frozenset(one["role"] for one in here.me.roles if one["at"] == place)
    tokens = [f"{role}@{place}" for role in sorted(roles)]
    counts = [_counts(here, form, roles, tokens) for form in newest_forms(here)]
    late, more = _late(here, tokens)
    forms = tuple(one for one in counts if one.entries)
    return Seen(str(here.place(place)["label"]), forms, tuple(late), more)


def _counts(here: Desk, form: CompiledForm, roles: frozenset[str], tokens: list[str]) -> Counts:
    most = COUNTED if decided_by_keys(form, roles) else OPENED
    where: Where = {"form": form.id, "reach": AnyOf(tokens)}
    found = here.reader.find(DOCUMENT, where, sort=("-created",), limit=most)
    if most == COUNTED:
        return Counts(form, found.entries, found.after is not None)
    mine = tuple(entry for entry in found.entries if _open_to(here, entry.id))
    return Counts(form, mine, found.after is not None)


def _open_to(here: Desk, id: str) -> bool:
    try:
        here.glance(id)
    except NotFound:
        return False
    return True


def _late(here: Desk, tokens: list[str]) -> tuple[list[Row], bool]:
    where: Where = {"reach": AnyOf(tokens), "watched": True}
    found = here.reader.find(DOCUMENT, where, sort=("created",), limit=LATE)
    rows: list[Row] = []
    for entry in found.entries:
        try:
            opened = here.glance(entry.id)
        except NotFound:
            continue
        for _, text in alerts_for(opened.state, opened.grant.roles):
            since = long_date(date.fromisoformat(opened.state.document["created_on"]))
            about = Cell("À propos de", over_line(here, opened), empty="—")
            cells = (about, Cell("Motif", text), Cell("Créé le", since))
            rows.append(Row(opened.name, document_url(opened.id), cells))
    return rows[:SHOWN], found.after is not None or len(rows) > SHOWN


def overview_page(here: Desk, place: str) -> OverviewPage:
    """Build the page of a place."""
    found = seen(here, place)
    several = len(places_overseen(here)) > 1
    return OverviewPage(
        title=found.label,
        over=f"Situation du {long_date(here.now.date())}",
        back=Button("Autres lieux", "/lieux") if several else None,
        exports=tuple(
            Button(f"Exporter ({name})", f"/lieux/{place}/export/{name}", icon="down")
            for name in ("ods", "csv")
        ),
        figures=tuple(_figure(one) for one in found.forms),
        late=found.late,
        more_late=found.more_late,
        bars=bars(found),
        plot=column_plot(
            "Documents commencés, mois par mois", "Mois", "Documents", months(found, here.now.date())
        ),
        note=_note(found),
    )


def _figure(one: Counts) -> tuple[str, str, str]:
    form = one.form.form
    kind = "documents" if form.index is None else "dossiers"
    running = sum(entry.keys["phase"] != "closed" for entry in one.entries)
    url = f"/recherche?sorte={form.form}" if form.index is None else f"/fiches/{form.form}"
    label = (form.index.label if form.index is not None else None) or form.short or form.title
    return f"{label} ({kind} en cours)", str(running), url


def bars(found: Seen) -> tuple[Bars, ...]:
    """Counts by state for each form, and records by the first answer of their list that is a choice."""
    made = [_by_state(one) for one in found.forms if one.entries]
    return (*made, *(by for one in found.forms if (by := _by_choice(one)) is not None))


def _by_state(one: Counts) -> Bars:
    counts = Counter(str(entry.keys["state"]) for entry in one.entries)
    label = one.form.form.short or one.form.form.title
    lifecycle = one.form.form.lifecycle.states
    states = [(state.label, counts[state.id]) for state in lifecycle if counts[state.id]]
    return Bars(f"etats-{one.form.id}", f"{label}, par état", "État", tuple(states))


def _by_choice(one: Counts) -> Bars | None:
    index, named = one.form.form.index, one.form.skeleton.named
    name = next(
        (n for n in (index.columns if index else ()) if n in named and named[n].type == "choice"), None
    )
    if name is None or named[name].guards:
        return None
    running = [entry for entry in one.entries if entry.keys["phase"] != "closed"]
    counts = Counter(str(entry.keys.get(f"col.{name}") or "Non renseigné") for entry in running)
    listing = named[name].listing
    order = {} if listing is None else {listing.label(code): n for n, code in enumerate(listing)}
    rows = sorted(counts.items(), key=lambda row: (order.get(row[0], len(order)), row[0]))
    label = one.form.form.short or one.form.form.title
    return Bars(
        f"choix-{one.form.id}", f"{label}, par {named[name].label.lower()}", named[name].label, tuple(rows)
    )


def months(found: Seen, today: date) -> tuple[tuple[str, str, int], ...]:
    """How many documents were begun in each of the last twelve months."""
    counts = Counter(
        str(entry.keys["created"])[:7]
        for one in found.forms
        if one.form.form.index is None
        for entry in one.entries
    )
    last = today.year * 12 + today.month - 1
    spans = [divmod(number, 12) for number in range(last - YEAR + 1, last + 1)]
    return tuple(
        (f"{MONTHS[month]} {year}", SHORT[month], counts[f"{year}-{month + 1:02}"]) for year, month in spans
    )


def _note(found: Seen) -> str:
    partial = [one.form.form.short or one.form.form.title for one in found.forms if one.partial]
    if not partial:
        return ""
    return f"Seuls les plus récents sont comptés pour : {', '.join(partial)}."
