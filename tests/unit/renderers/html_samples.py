"""Screens for the tests of the HTML renderer: every item type and state, every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from renderers.gestures import (
    Bars,
    Found,
    HandedPage,
    HandoverPage,
    Option,
    OverviewPage,
    Picked,
    PlacesPage,
    PreviewPage,
    ProposePage,
    Reasons,
    SearchPage,
    TasksPage,
    column_plot,
)
from renderers.html import Screen
from renderers.pages import (
    Advance,
    BesideLine,
    BesidePage,
    BesidePart,
    Button,
    CardView,
    Cell,
    Change,
    ConfirmPage,
    ConflictChoice,
    ConflictPage,
    DocumentLine,
    DocumentPage,
    DocumentsBlock,
    ErrorPage,
    FaultsPage,
    FilterBox,
    Frame,
    GroupOfRows,
    HistoryLine,
    HistoryPage,
    ImportChoice,
    ImportDoubt,
    ImportLine,
    ImportPreview,
    LifePage,
    ListPage,
    LoginPage,
    NavLink,
    NoteForm,
    PlaceChoice,
    Played,
    RecordPage,
    RehearsalLine,
    RehearsalPage,
    ResumePage,
    Row,
    Side,
    TextPage,
    ToggleForm,
    UnsavedPage,
    VersionLine,
    WizardPage,
)
from renderers.tree import (
    AbsentView,
    DetailView,
    FieldView,
    FoldView,
    InputView,
    LevelView,
    ListingView,
    Message,
    Node,
    NoteView,
    OptionView,
    RecapView,
    RowView,
    SectionView,
    SlotView,
    StepLink,
    StepView,
    TabView,
)

FRAME = Frame(
    user="Nadia Ferrand",
    role="professeure, Collège Aimé-Césaire",
    nav=(NavLink("Mes livrets", "/livrets", True), NavLink("Suivi", "/suivi")),
    csrf="jeton-de-session",
    once="page-1",
)
SIGNED_OUT = Frame(user="", role="", nav=(), csrf="jeton-de-visite", demo=True)


# --- makers --------------------------------------------------------------------------------------


def field(type: str, path: str, label: str, **given: Any) -> FieldView:
    """A field with usual values; `data` holds what its template reads."""
    html_id = path.replace(".", "-")
    usual = {
        "id": path.rpartition(".")[2],
        "path": path,
        "name": path,
        "html_id": html_id,
        "region": f"r-{html_id}",
        "label": label,
        "spoken": label,
        "help": "",
        "required": False,
        "editable": True,
        "messages": (),
        "read": {"kind": "empty"},
    }
    return FieldView(type=type, **(usual | given))


def text(
    path: str, label: str, value: str = "", *, lines: int = 1, max: int | None = 1000, **given: Any
) -> FieldView:
    data = {"value": value, "lines": lines, "max": max, "length": len(value), "placeholder": ""}
    return field("text", path, label, data=data, **given)


def number(path: str, label: str, value: str = "", unit: str = "semaine(s)", **given: Any) -> FieldView:
    return field("number", path, label, data={"value": value, "unit": unit, "width": "w5"}, **given)


def day(path: str, label: str, value: str = "", **given: Any) -> FieldView:
    return field("date", path, label, data={"value": value}, **given)


def choice(path: str, label: str, display: str, options: Sequence[OptionView], **given: Any) -> FieldView:
    data = {"as": display, "options": tuple(options), "placeholder": ""}
    return field("choice", path, label, data=data, **given)


def options(path: str, *labels: str, checked: Sequence[int] = ()) -> tuple[OptionView, ...]:
    base = path.replace(".", "-")
    return tuple(OptionView(f"code.{n}", one, f"{base}-{n}", n in checked) for n, one in enumerate(labels))


def other(path: str, n: int, label: str, values: Sequence[str], *, checked: bool = False) -> OptionView:
    """An option that asks for precisions."""
    base = f"{path.replace('.', '-')}-{n}"
    inputs = tuple(
        InputView(f"{path}~{n}.{m}", f"{base}-d{m}", value, f"Veuillez préciser ({m + 1} sur {len(values)})")
        for m, value in enumerate(values)
    )
    return OptionView(f"code.{n}", label, base, checked, details=DetailView("Veuillez préciser", inputs))


def error(text: str, target: str) -> Message:
    return Message("error", text, target)


# --- step 1: simple fields and a table -------------------------------------------------------------

FUNCTIONS = ("Directeur / Chef d'établissement", "Professeur", "Élève", "Responsables légaux")


def participant(
    row: str,
    n: int,
    name: str = "",
    first: str = "",
    function: int = -1,
    *,
    subject: bool = False,
    messages: tuple[Message, ...] = (),
    editable: bool = True,
) -> RowView:
    path = f"participants.{row}"
    spoken = f"le participant {n}" + (f", {first} {name}" if name else "")
    nodes: tuple[Node, ...] = (
        text(
            f"{path}.nom",
            "Nom",
            name,
            spoken=f"Nom du participant {n}",
            editable=editable,
            read={"kind": "text", "text": name},
        ),
        text(
            f"{path}.prenom",
            "Prénom",
            first,
            spoken=f"Prénom du participant {n}",
            messages=messages,
            editable=editable,
            read={"kind": "text", "text": first},
        ),
        choice(
            f"{path}.fonction",
            "Fonction",
            "select",
            options(f"{path}.fonction", *FUNCTIONS, checked=[function]),
            spoken=f"Fonction du participant {n}",
            drives=True,
            editable=editable,
            read={"kind": "list", "items": [{"text": FUNCTIONS[function]}]},
        ),
        choice(
            f"{path}.matiere",
            "Matière",
            "select",
            options(f"{path}.matiere", "Français", "Mathématiques"),
            spoken=f"Matière du participant {n}",
            editable=editable,
        )
        if subject
        else AbsentView("matiere", f"r-participants-{row}-matiere"),
    )
    return RowView(row, n, f"Participant n°{n}", spoken, nodes, not name, editable, bool(messages))


def participants(
    *rows: RowView, messages: tuple[Message, ...] = (), add: str | None = "Ajouter un participant"
) -> FieldView:
    return field(
        "rows",
        "participants",
        "Participants à l'élaboration",
        help="Pour renseigner un participant, tous les champs du tableau doivent être saisis.",
        messages=messages,
        why="Parce que le collège est un établissement du second degré.",
        data={
            "rows": rows,
            "display": "table",
            "item": "Participant",
            "add": add,
            "add_value": "ajouter:participants",
            "columns": (
                ("nom", "Nom", "m"),
                ("prenom", "Prénom", "m"),
                ("fonction", "Fonction", "l"),
                ("matiere", "Matière", "m"),
            ),
        },
    )


TYPES = (
    "PPRE - remédiation en cours d'année",
    "PPRE - accompagnement, passage au niveau supérieur ou maintien exceptionnel",
    "PPRE - passerelle (GS-CP)",
    "PPRE - passerelle (CM2-6ème)",
)


def first_step(faulty: bool = False) -> StepView:
    missing = error(
        "Participant 3 : le prénom manque. Saisissez-le, ou retirez la ligne.", "participants-c-prenom"
    )
    over = error(
        "Durée envisagée : 20 semaines dépasse la limite de 16. Saisissez un nombre de 1 à 16.", "duree"
    )
    messages = (over, missing) if faulty else ()
    return StepView(
        id="informations",
        title="Informations préliminaires",
        help="Veuillez renseigner les informations préliminaires à l'élaboration d'un PPRE.",
        nodes=(
            choice(
                "type",
                "Type du PPRE",
                "radios",
                options("type", *TYPES, checked=[0]),
                required=True,
                drives=True,
            ),
            number(
                "duree",
                "Durée envisagée",
                "20" if faulty else "6",
                drives=True,
                required=True,
                help="De 1 à 16 semaines. Habituellement 6.",
                messages=messages[:1],
            ),
            field("computed", "fin", "Fin prévue", data={"text": "3 janvier 2027"}),
            AbsentView("motif", "r-motif"),
            participants(
                participant("a", 1, "Tournier", "Hélène", 0),
                participant("b", 2, "Ferrand", "Nadia", 1, subject=True),
                participant("c", 3, "Morel", "" if faulty else "Lina", 2, messages=messages[1:]),
                participant("d", 4),
            ),
        ),
        messages=messages,
        has_required=True,
    )


# --- step 2: cascade -------------------------------------------------------------------------------

LABELS = ("Travaille seul", "Se met rapidement au travail", "Demande de l'aide quand il en a besoin")


def cascade(faulty: bool = False) -> FieldView:
    def level(path: str, picked: bool, values: Sequence[str]) -> LevelView:
        leaves = (
            *options(f"{path}.l", *LABELS, checked=[0, 2] if picked else []),
            other(f"{path}.l", 3, "Autre(s)", values, checked=picked),
        )
        return LevelView(
            "Veuillez sélectionner des libellés", "Attention et mémoire", f"{path}.l", True, leaves
        )

    first = LevelView(
        "Veuillez sélectionner un ou plusieurs sous-domaines",
        "Méthodes et outils pour apprendre",
        "appuis.1.sd",
        True,
        (
            OptionView(
                "sd.0",
                "Gestion de la tâche et autonomie",
                "appuis-1-sd-0",
                children=level("appuis.1.a", False, ["", "", ""]),
            ),
            OptionView(
                "sd.1",
                "Attention et mémoire",
                "appuis-1-sd-1",
                True,
                children=level("appuis.1.b", True, ["Retient mieux ce qu'elle a dessiné", "", ""]),
            ),
        ),
    )
    domains = (
        "Méthodes et outils pour apprendre",
        "Formation de la personne et du citoyen",
        "Mathématiques et sciences",
    )
    label = "Domaine / discipline n°"
    empty = error(
        "Points d'appui : aucun sous-domaine n'est coché au n° 2. Cochez-en un, ou videz le n° 2.", "appuis-2"
    )
    taken = replace(options("appuis.2.o", *domains, checked=[1])[0], note="déjà choisi au n° 1")
    return field(
        "cascade",
        "appuis",
        "Points d'appui",
        help="Pour passer à l'étape suivante, veuillez renseigner au moins un domaine ou une discipline.",
        required=True,
        messages=(empty,) if faulty else (),
        data={
            "branches": (),
            "slots": (
                SlotView(
                    1,
                    f"{label}1",
                    "appuis.1",
                    "appuis-1",
                    options("appuis.1.o", *domains, checked=[0]),
                    "1 sous-domaine, 3 libellés",
                    True,
                    first,
                    prompt="Domaine ou discipline",
                ),
                SlotView(
                    2,
                    f"{label}2",
                    "appuis.2",
                    "appuis-2",
                    (taken, *options("appuis.2.o", *domains, checked=[1])[1:]),
                    "Aucun sous-domaine coché",
                    True,
                    None,
                    messages=(empty,) if faulty else (),
                ),
                SlotView(
                    3,
                    f"{label}3",
                    "appuis.3",
                    "appuis-3",
                    options("appuis.3.o", *domains),
                    "Facultatif, vide",
                    False,
                    None,
                ),
            ),
        },
    )


def second_step(faulty: bool = False) -> StepView:
    one = cascade(faulty)
    return StepView(
        "appuis",
        "Points d'appui",
        "Sélectionnez un domaine, puis un ou plusieurs sous-domaines.",
        (one,),
        one.messages,
        False,
    )


# --- step 4: tabs, choices with precisions, cards of rows, a checklist --------------------------------

LONG = "Consigne lue à voix haute puis reformulée par un camarade ; une étape par ligne. "


def goal(
    row: str,
    n: int,
    title: str,
    actions: str,
    tally: str,
    *,
    messages: tuple[Message, ...] = (),
    open: bool = True,
) -> RowView:
    path = f"objectifs.{row}"
    missing = tuple(one for one in messages if one.target.endswith("intitule"))
    over = tuple(one for one in messages if one.target.endswith("classe"))
    nodes: tuple[Node, ...] = (
        text(
            f"{path}.intitule",
            "Intitulé de l'objectif",
            title,
            required=True,
            max=250,
            messages=missing,
            spoken=f"Intitulé de l'objectif n°{n}",
        ),
        text(f"{path}.competences", "Compétences à travailler", "", lines=4),
        text(f"{path}.classe", "Actions menées en classe", actions, lines=4, messages=over),
        text(
            f"{path}.hors",
            "Actions menées hors de la classe (réseau et / ou partenaires)",
            "Devoirs faits,\ndeux séances par semaine.",
            lines=4,
        ),
    )
    return RowView(
        row, n, f"Objectif n°{n}", f"l'objectif {n}", nodes, not title, n > 1, bool(messages), tally, open
    )


def people(faulty: bool = False) -> FieldView:
    labels = ("Professeurs du RASED", "Psychologue de l'éducation nationale")
    lacking = error(
        "Partenaires extérieurs : la précision manque. Indiquez la structure, ou décochez la case.",
        "pers-3-d0",
    )
    return choice(
        "pers",
        "Personnes mobilisées",
        "checkboxes",
        (
            *options("pers", *labels, checked=[1]),
            other("pers", 2, "Équipe pédagogique", ["Professeure de français"], checked=True),
            other("pers", 3, "Partenaires extérieurs", [""], checked=True),
        ),
        help="Dans le cadre de ce PPRE.",
        messages=(lacking,) if faulty else (),
    )


def goals(faulty: bool = False) -> FieldView:
    over = error(
        "Objectif n° 1, actions menées en classe : 1 042 caractères. Retirez-en au moins 42.",
        "objectifs-a-classe",
    )
    missing = error(
        "Objectif n° 2 : l'intitulé manque. Saisissez-le, ou videz les autres champs de l'objectif.",
        "objectifs-b-intitule",
    )
    return field(
        "rows",
        "objectifs",
        "Objectifs",
        help="Jusqu'à 3 objectifs.",
        data={
            "rows": (
                goal(
                    "a",
                    1,
                    "Comprendre une consigne à plusieurs étapes",
                    (LONG * 14)[: 1042 if faulty else 104],
                    "3 champs sur 4",
                    messages=(over,) if faulty else (),
                ),
                goal(
                    "b",
                    2,
                    "" if faulty else "Tenir à jour son agenda",
                    "Cinq minutes en fin d'heure.",
                    "Intitulé manquant" if faulty else "Complet",
                    messages=(missing,) if faulty else (),
                ),
                goal("c", 3, "", "", "Facultatif, vide", open=False),
            ),
            "display": "cards",
            "columns": (),
            "item": "Objectif",
            "add": "Ajouter un objectif",
            "add_value": "ajouter:objectifs",
        },
    )


FAMILIES = ("Méthodes et outils pour apprendre", "Formation de la personne et du citoyen", "Disciplines")
WAYS = (
    "Permettre l'utilisation de trieurs ou de pochettes à rabats",
    "Privilégier l'agenda ainsi que l'espace numérique de travail",
    "Aider à l'organisation",
    "Proposer l'utilisation de supports numériques",
    "Placer l'élève près du tableau ou à côté d'un camarade aidant",
)


def checklist() -> FieldView:
    def fold(code: str, label: str, checked: Sequence[int], open: bool, values: Sequence[str]) -> FoldView:
        path = f"am.{code}"
        more = other(path, 5, "Autre(s) aménagement(s) ou adaptation(s)", values, checked=bool(values[0]))
        total = len(checked) + bool(values[0])
        return FoldView(code, label, total, 6, open, (*options(path, *WAYS, checked=checked), more))

    groups = (
        FoldView(
            "g1", "À l'oral", 1, 2, True, options("am.g1", "Laisser du temps", "Reformuler", checked=[1])
        ),
        FoldView(
            "g2", "À l'écrit", 0, 2, True, options("am.g2", "Limiter la copie", "Agrandir les supports")
        ),
    )
    return field(
        "checklist",
        "am",
        "Aménagements et adaptations",
        help="Gardez les indispensables : au-delà de 10, un PPRE est difficile à suivre.",
        data={
            "tabs": tuple(TabView(f"f{n}", one, n == 0, (6, 1, 0)[n]) for n, one in enumerate(FAMILIES)),
            "tab_name": "am",
            "total": 7,
            "shown": "f0",
            "suggest": "D'après les difficultés",
            "suggested": (("+am-x", "Allonger les délais"), ("+am-y", "Autoriser le brouillon")),
            "suggest_all": "+am-x,am-y",
            "folds": (
                fold(
                    "esp",
                    "Organisation spatiale temporelle et matérielle",
                    [3],
                    True,
                    ["Ranger le cartable avec la fiche plastifiée", "", ""],
                ),
                fold("com", "Communication", [], False, ["", "", ""]),
                FoldView("met", "Adaptations méthodologiques", 1, 4, True, (), groups),
            ),
        },
    )


PARTS = ("Personnes mobilisées et objectifs", "Aménagements et adaptations")


def parts(current: int) -> tuple[TabView, ...]:
    return tuple(TabView(f"p{n}", one, n == current) for n, one in enumerate(PARTS))


def fourth_step(current: int = 0, faulty: bool = False) -> StepView:
    note = NoteView(
        "rappel",
        "r-rappel",
        "Personnalisé ne veut pas dire *isolé* : les actions peuvent se faire "
        "**en classe**. Voir l'[aide](/aide) :\n\n- un groupe d'élèves ;\n- des séances courtes.",
    )
    inner: tuple[Node, ...] = (note, people(faulty), goals(faulty)) if current == 0 else (checklist(),)
    part = SectionView(f"p{current}", f"r-p{current}", PARTS[current], "", "stack", inner)
    tabs = SectionView("onglets", "r-onglets", "", "", "tabs", (part,), parts(current), "onglets")
    return StepView(
        "mise_en_oeuvre",
        "Mise en œuvre",
        "Le programme est personnalisé, pas isolé : les actions peuvent se faire en classe.",
        (tabs,),
        (),
        current == 0,
    )


# --- a step with the rest: every type and state ------------------------------------------------------

READ_NODES: tuple[dict[str, Any], ...] = (
    {
        "node": "part",
        "id": "infos",
        "title": "Informations préliminaires",
        "nodes": [
            {
                "node": "fact",
                "id": "date",
                "path": "date",
                "label": "Date de l'élaboration du PPRE",
                "value": {"kind": "text", "text": "22/11/2026"},
            },
            {
                "node": "fact",
                "id": "type",
                "path": "type",
                "label": "Type du PPRE",
                "value": {"kind": "list", "items": [{"text": TYPES[0]}]},
            },
            {"node": "fact", "id": "motif", "path": "motif", "label": "Motif", "value": {"kind": "empty"}},
            {
                "node": "rows",
                "id": "participants",
                "label": "Personnes participant à l'élaboration du PPRE",
                "display": "table",
                "columns": [
                    {"id": "nom", "label": "Nom"},
                    {"id": "fonction", "label": "Fonction"},
                    {"id": "matiere", "label": "Matière"},
                ],
                "rows": [
                    {
                        "row": "a",
                        "title": "Participant n°1",
                        "nodes": [
                            {
                                "node": "fact",
                                "id": "nom",
                                "path": "p.a.nom",
                                "label": "Nom",
                                "value": {"kind": "text", "text": "O'Connor"},
                            },
                            {
                                "node": "fact",
                                "id": "fonction",
                                "path": "p.a.fonction",
                                "label": "Fonction",
                                "value": {"kind": "list", "items": [{"text": "Chef d'établissement"}]},
                            },
                        ],
                    }
                ],
            },
        ],
    },
    {
        "node": "part",
        "id": "appuis",
        "title": "Points d'appui",
        "nodes": [
            {
                "node": "fact",
                "id": "appuis",
                "path": "appuis",
                "label": "Points d'appui",
                "value": {
                    "kind": "list",
                    "items": [
                        {
                            "text": "Méthodes et outils pour apprendre",
                            "caption": "Domaine / discipline n°1",
                            "items": [
                                {
                                    "text": "Attention et mémoire",
                                    "items": [
                                        {"text": "Mémorise une leçon courte"},
                                        {
                                            "text": "Autre(s)",
                                            "details": ["retient mieux ce qu'elle a dessiné", "chante"],
                                        },
                                    ],
                                }
                            ],
                        },
                        {"text": "Activités artistiques et EPS", "caption": "Domaine / discipline n°2"},
                    ],
                },
            },
        ],
    },
    {
        "node": "part",
        "id": "objectifs",
        "title": "Objectifs",
        "nodes": [
            {"node": "note", "id": "rappel", "text": "Le programme est **personnalisé**, pas isolé."},
            {
                "node": "rows",
                "id": "objectifs",
                "label": "Objectifs",
                "display": "cards",
                "columns": [],
                "rows": [
                    {
                        "row": "a",
                        "title": "Objectif n°1",
                        "nodes": [
                            {
                                "node": "fact",
                                "id": "intitule",
                                "path": "o.a.intitule",
                                "label": "Intitulé de l'objectif",
                                "value": {
                                    "kind": "text",
                                    "text": "Comprendre une consigne à plusieurs étapes",
                                },
                            },
                            {
                                "node": "fact",
                                "id": "classe",
                                "path": "o.a.classe",
                                "label": "Actions menées en classe",
                                "value": {
                                    "kind": "text",
                                    "long": True,
                                    "text": "Consigne lue à voix haute ;\nune étape par ligne.",
                                },
                            },
                        ],
                    },
                    {
                        "row": "b",
                        "title": "Objectif n°2",
                        "nodes": [
                            {
                                "node": "fact",
                                "id": "intitule",
                                "path": "o.b.intitule",
                                "label": "Intitulé de l'objectif",
                                "value": {"kind": "text", "text": "Tenir à jour son agenda"},
                            }
                        ],
                    },
                ],
            },
            {
                "node": "rows",
                "id": "aides",
                "label": "Autres aides",
                "display": "table",
                "columns": [],
                "rows": [],
            },
        ],
    },
    {
        "node": "recap",
        "id": "bilan",
        "title": "Bilan lié",
        "nodes": [
            {
                "node": "fact",
                "id": "suite",
                "path": "suite",
                "label": "Suite",
                "value": {"kind": "list", "items": [{"text": "Renouvellement"}, {"text": "Clôture"}]},
            }
        ],
    },
)


LISTED: tuple[dict[str, Any], ...] = (
    {
        "node": "rows",
        "id": "table",
        "label": "Élèves suivis",
        "display": "table",
        "of": "projets",
        "empty": "Aucun projet.",
        "after": "Un autre ne vous est pas ouvert.",
        "columns": [{"id": ".nom", "label": "Nom"}, {"id": ".avis", "label": "Avis"}],
        "rows": [
            {
                "row": "d1",
                "title": "Projet de Lina",
                "nodes": [
                    {"node": "fact", "id": ".nom", "label": "Nom", "value": {"kind": "text", "text": "Morel"}}
                ],
            }
        ],
    },
)


def every_step() -> StepView:
    """All the types and states that the realistic steps don't show."""
    wrong = error("Date du bilan : le 31 février n'existe pas. Saisissez une date comme 28/02/2027.", "date2")
    late = Message("warning", "Cette date précède le début du PPRE : vérifiez l'année.", "date")
    kept = Message("info", "Reprise du PPRE précédent.", "libre")
    people = options("referent", "Hélène Tournier", "Karima Benali", checked=[1])
    agreement = ("Accord donné par écrit (signature)", "Proposition envoyée, sans réponse", "Refus")
    nodes: tuple[Node, ...] = (
        text(
            "libre",
            "Remarque",
            'l\'élève "dit" <b>',
            messages=(kept,),
            help="Une phrase.\n\n- simple\n- courte",
        ),
        text("nouveau", "Texte long sans limite", "\n deux sauts", lines=3, max=None),
        day("date", "Date du bilan", "05/10/2026", messages=(late,)),
        field(
            "signature",
            "visa",
            "Visa",
            data={
                "text": "Mme Martin le 5 octobre 2026",
                "void": "",
                "acts": (("retirer", "Retirer la signature"),),
            },
        ),
        field(
            "attachment",
            "pieces",
            "Pièces jointes",
            data={
                "files": ({"id": "f1", "name": "devis <été>.pdf", "size": "340 ko"},),
                "prompt": "Choisir des fichiers",
                "many": True,
                "accept": ".pdf,.jpg,.jpeg",
                "most": 5_000_000,
                "hint": "PDF ou JPEG, 5 Mo au plus chacun",
                "over": "Ce fichier dépasse 5 Mo : il ne sera pas envoyé.",
            },
        ),
        field("time", "heure", "Heure du bilan", data={"value": "14 h 30"}),
        day("date2", "Autre date", "31/02/2027", messages=(wrong,), help="La date de la réunion."),
        field(
            "boolean",
            "present",
            "L'élève était présent",
            data={"value": True, "as": "checkbox"},
            help="À la réunion.",
        ),
        field(
            "boolean", "accord", "Accord de la famille", data={"value": None, "as": "radios"}, required=True
        ),
        field("boolean", "avis", "Avis favorable", data={"value": False, "as": "radios"}),
        choice(
            "reponse",
            "Réponse des responsables légaux",
            "radios",
            options("reponse", *agreement, checked=[1]),
        ),
        field(
            "reference",
            "referent",
            "Enseignant référent",
            data={"as": "select", "options": people, "placeholder": "Choisissez une personne", "empty": ""},
        ),
        field(
            "reference",
            "equipe",
            "Équipe",
            data={
                "as": "checkboxes",
                "options": options("equipe", "Noé Garnier"),
                "placeholder": "",
                "empty": "",
            },
        ),
        field(
            "reference",
            "tuteur",
            "Tuteur",
            data={
                "as": "select",
                "options": (),
                "placeholder": "",
                "empty": "Personne n'a ce rôle dans l'établissement.",
            },
        ),
        field("computed", "relance", "Relance", data={"text": None}, help="Calculée."),
        text(
            "ferme",
            "Origine",
            editable=False,
            read={"kind": "text", "text": "Réunion d'octobre", "long": True},
        ),
        field(
            "group",
            "cadre",
            "Cadre du PPRE",
            help="Ce que la famille a accepté.",
            data={
                "nodes": (
                    text("cadre.lieu", "Lieu", "Salle 12"),
                    AbsentView("horaire", "r-cadre-horaire"),
                    field("computed", "cadre.cout", "Coût", data={"text": "12,50 €"}),
                )
            },
        ),
        SectionView(
            "plis",
            "r-plis",
            "Pour aller plus loin",
            "Ouvrez ce qui est utile.",
            "accordion",
            (
                SectionView(
                    "pli1",
                    "r-pli1",
                    "Matériel",
                    "",
                    "stack",
                    (text("materiel", "Matériel", "Tablette"),),
                    open=False,
                ),
                SectionView(
                    "pli2",
                    "r-pli2",
                    "Transport",
                    "",
                    "stack",
                    (number("trajet", "Trajet", "12", "minute(s)"),),
                ),
            ),
        ),
        field(
            "rows",
            "lus",
            "Intervenants",
            data={
                "rows": (participant("z", 1, "Tournier", "Hélène", 0, editable=False),),
                "display": "table",
                "item": "Intervenant",
                "add": None,
                "add_value": "",
                "columns": (("nom", "Nom", "m"), ("prenom", "Prénom", "m")),
            },
        ),
        RecapView("lien", "r-lien", "PPRE du 22 novembre 2026", READ_NODES),
        ListingView("table", "r-table", "Élèves suivis", "Une ligne par projet.", LISTED),
    )
    return StepView("tout", "Tous les champs", "", nodes, (late, wrong), True)


# --- the wizard around a step ------------------------------------------------------------------------

STEPS = ("Informations préliminaires", "Points d'appui", "Difficultés", "Mise en œuvre")


def thread(current: int, state: str = "En cours", sub: tuple[TabView, ...] = ()) -> tuple[StepLink, ...]:
    return tuple(
        StepLink(
            f"etape{n}",
            n,
            title,
            "Complète" if n < current else state if n == current else "À faire",
            n < current,
            n == current,
            n <= current + 1,
            sub if n == current else (),
        )
        for n, title in enumerate(STEPS, 1)
    )


def wizard(
    step: StepView,
    current: int,
    *,
    faulty: bool = False,
    sub: tuple[TabView, ...] = (),
    summary: tuple[Message, ...] = (),
    **given: Any,
) -> WizardPage:
    usual = {
        "title": f"{step.title} – étape {current} sur 4 – PPRE de Lina Morel – Canevas",
        "over": "Créer un PPRE · Lina Morel, 6e B",
        "quit": "Quitter la création du PPRE",
        "action": "/documents/d1/etape",
        "revision": 7,
        "base": "a1b2c3",
        "sitting": "s-1",
        "steps": thread(current, f"{len(summary)} réponses à corriger" if faulty else "En cours", sub),
        "where": f"Étape {current} sur 4",
        "step": step,
        "show_errors": faulty,
        "summary_title": f"{len(summary)} réponses sont à corriger",
        "summary": summary,
        "reassure": "Votre saisie est enregistrée dans le brouillon. Pour passer à l'étape suivante :",
        "notices": (),
        "back": current > 1,
        "next": "Finaliser le PPRE" if current == 4 else "Suivant",
        "save": "Enregistrer",
        "saved": "Brouillon enregistré à 14 h 32",
        "live": True,
    }
    return WizardPage(**(usual | given))


def _faulty_fourth() -> WizardPage:
    step = fourth_step(0, True)
    messages = tuple(
        one
        for part in (people(True), *[node for row in goals(True).data["rows"] for node in row.nodes])
        for one in part.messages
    )
    return wizard(step, 4, faulty=True, sub=parts(0), summary=messages)


NOTICES = (
    Message("warning", "La matière n'est plus demandée : elle est retirée du brouillon.", ""),
    Message("info", "Hélène Tournier a modifié 2 autres réponses à 14 h 31.", ""),
)

# --- other pages -------------------------------------------------------------------------------------

BACK = Button("Mes livrets", "/livrets")
LINES = (
    DocumentLine(
        "PPRE",
        "Brouillon : étape 2 sur 4",
        "",
        "Modifié aujourd'hui à 14 h 32",
        (Button("Reprendre", "/documents/d1", spoken="le brouillon du PPRE"),),
    ),
    DocumentLine(
        "PPRE",
        "Finalisé",
        "info",
        "Créé le : 16 novembre 2026",
        (
            Button("Voir", "/documents/d0", icon="eye", spoken="le PPRE du 16 novembre 2026"),
            Button(
                "Télécharger", "/documents/d0.pdf", icon="down", spoken="le PPRE du 16 novembre 2026 (PDF)"
            ),
            Button("Créer un nouveau PPRE", "/documents/d0/suite", post=True),
        ),
    ),
    DocumentLine("Bilan", "À faire", "warn", "", (), inner=True),
)


def list_page(**given: Any) -> ListPage:
    rows = (
        Row(
            "Amara Diallo",
            "/livrets/1",
            (
                Cell("Classe", "5e A"),
                Cell("Dispositifs", tags=(("PPRE : bilan à faire", "warn"),)),
                Cell("Responsable", "Vous"),
            ),
        ),
        Row(
            "Noé Garnier",
            "/livrets/2",
            (
                Cell("Classe", "6e B"),
                Cell(
                    "Dispositifs",
                    tags=(("PPRE : en cours jusqu'au 18 décembre", "good"), ("GEVA-Sco : finalisé", "info")),
                ),
                Cell("Responsable", "Karima Benali"),
            ),
        ),
        Row(
            "Inès Roussel",
            "/livrets/3",
            (Cell("Classe", "6e C"), Cell("Dispositifs", empty="Aucun dispositif"), Cell("Responsable")),
        ),
    )
    usual = {
        "title": "Mes livrets",
        "intro": "",
        "url": "/livrets",
        "create": Button("Créer un livret", "/livrets/nouveau", True, icon="plus"),
        "search_label": "Nom de l'élève ou numéro de livret",
        "query": "",
        "filters_legend": "Afficher les livrets",
        "filters": (
            FilterBox("responsable", "Responsable", True),
            FilterBox("contributeur", "Contributeur", True),
            FilterBox("aucun", "Aucun dispositif en cours de réalisation", False),
        ),
        "status": "3 livrets affichés sur 19.",
        "columns": ("Élève", "Classe", "Dispositifs", "Enseignant responsable"),
        "groups": (
            GroupOfRows("cesaire", "Collège Aimé-Césaire", "15 livrets, 3 affichés", rows, True, ""),
            GroupOfRows(
                "pagnol",
                "École élémentaire Marcel Pagnol",
                "4 livrets, 0 affiché",
                (),
                False,
                "Aucun livret de cette école ne correspond aux filtres.",
            ),
        ),
        "empty_title": "",
        "empty_causes": (),
    }
    return ListPage(**(usual | given))


RECORD = RecordPage(
    title="Livret de Lina Morel",
    subtitle="Enseignant responsable : Nadia Ferrand",
    state="",
    back=BACK,
    buttons=(
        Button("Gérer le livret", "/livrets/1/gerer"),
        Button("Télécharger le livret", "/livrets/1.pdf", icon="down"),
    ),
    cards=(
        CardView(
            "infos",
            "Informations de l'élève",
            "",
            (
                {
                    "node": "fact",
                    "id": "numero",
                    "path": "numero",
                    "label": "Numéro de livret",
                    "value": {"kind": "text", "text": "Q7M4T2XK9B"},
                },
                {
                    "node": "fact",
                    "id": "nom",
                    "path": "nom",
                    "label": "Nom",
                    "value": {"kind": "text", "text": "Morel"},
                },
                {
                    "node": "fact",
                    "id": "classe",
                    "path": "classe",
                    "label": "Classe",
                    "value": {"kind": "empty"},
                },
            ),
            "",
            "",
            (
                Button("Mettre à jour les informations", "/livrets/1/infos"),
                Button("Consulter", "/livrets/1/lire", quiet=True, spoken="les informations de l'élève"),
            ),
        ),
        CardView(
            "am",
            "Aménagements pédagogiques sélectionnés",
            "",
            (
                {
                    "node": "fact",
                    "id": "am",
                    "path": "am",
                    "label": "Aménagements",
                    "value": {
                        "kind": "list",
                        "items": [
                            {"text": "Proposer l'utilisation de supports numériques"},
                            {"text": "Accorder un temps majoré"},
                        ],
                    },
                },
            ),
            "",
            "4 autres éléments…",
            (Button("Voir ou modifier les aménagements pédagogiques", "/livrets/1/am"),),
        ),
        CardView("contacts", "Contacts", "", (), "Aucun contact pour le moment.", "", ()),
    ),
    documents_title="Documents de l'élève",
    documents_intro="Retrouvez ci-dessous la liste des documents de l'élève.",
    documents=(
        DocumentsBlock(
            "ppre",
            "Programme personnalisé de réussite éducative",
            "À quoi sert un PPRE ?",
            "Un PPRE est un plan d'actions individualisées.",
            Button("Créer un PPRE", "/livrets/1/ppre", True, True, "plus"),
            LINES,
            "",
        ),
        DocumentsBlock(
            "pap", "Plan d'accompagnement personnalisé", "", "", None, (), "Aucun document de ce type."
        ),
    ),
    toggles=(
        ToggleForm(
            "Partage",
            "/livrets/1/partage",
            "partage_mdph",
            "partage",
            "Partager l'ensemble du livret de cet élève avec l'équipe pluridisciplinaire de la MDPH.",
            "Vous pouvez revenir sur ce choix ; chaque changement est daté et signé.",
            False,
            "Enregistrer le partage",
            3,
        ),
    ),
)

DOCUMENT = DocumentPage(
    title="Programme personnalisé de réussite éducative de Lina Morel",
    over="Collège Aimé-Césaire · Livret Q7M4T2XK9B",
    back=Button("Livret de Lina Morel", "/livrets/1"),
    state="Finalisé le 22 novembre 2026",
    level="info",
    notice="Ce PPRE a été remplacé par un avenant.",
    nodes=READ_NODES,
    signs=("Directeur / Chef d'établissement", "Professeur(s)", "Élève", "Responsables légaux"),
    aside_title="Et maintenant",
    related_title="Documents liés",
    related=LINES[1:],
    buttons=(
        Button("Télécharger le PPRE", "/documents/d1.pdf", True, icon="down"),
        Button("Créer le bilan du PPRE", "/documents/d1/bilan", post=True),
    ),
    apart=(Button("Accord et signatures", "/documents/d1/famille", quiet=True),),
)

CONFIRM = ConfirmPage(
    title="Finaliser le PPRE",
    over="Créer un PPRE · Lina Morel, 6e B",
    question="Souhaitez-vous finaliser la création de ce document ?",
    text="En confirmant, aucune modification ne pourra être apportée.",
    yes="Finaliser",
    no=Button("Annuler", "/documents/d1"),
    action="/documents/d1/finaliser",
    revision=7,
    nodes=READ_NODES[:3],
    edits=tuple(
        Button("Modifier", f"/documents/d1/{n}", spoken=f": {one['title']}")
        for n, one in enumerate(READ_NODES[:3])
    ),
    warnings=(
        Message("warning", "L'accord des responsables légaux est en attente : vous pouvez finaliser.", ""),
    ),
    errors=(),
    refusal="",
)

CONFLICT = ConflictPage(
    title="Vous avez modifié les mêmes réponses que Hélène Tournier",
    over="Créer un PPRE · Lina Morel, 6e B",
    lead="Hélène Tournier a enregistré ce PPRE à 14 h 32. Les deux versions restent dans l'historique.",
    action="/documents/d1/conflit",
    revision=8,
    payload='{"texte": "l\'un\\n"}',
    choices=(
        ConflictChoice(
            "objectifs.a.classe",
            "Objectif n°1 : actions menées en classe",
            Side(
                "Nadia Ferrand, 14 h 35",
                (("Consigne reformulée ", False), ("par un camarade", True), (".", False)),
                False,
            ),
            Side(
                "Hélène Tournier, 14 h 32",
                (("Consigne reformulée ", False), ("par l'élève", True), (".", False)),
                False,
            ),
            True,
            1000,
        ),
        ConflictChoice(
            "duree",
            "Durée envisagée",
            Side("Nadia Ferrand, 14 h 34", (), True),
            Side("Hélène Tournier, 14 h 31", (("8", True), (" semaine(s)", False)), False),
            False,
            None,
        ),
    ),
    merged_title="2 réponses réunies automatiquement",
    merged=("Objectif n° 2, intitulé : votre version", "Participants : ligne 4 ajoutée"),
    later=Button("Décider plus tard", "/documents/d1", quiet=True),
)

TASK_COLUMNS = ("Document", "À propos de", "Motif", "Date")
TASK_ROWS = tuple(
    Row(
        title,
        "/documents/d1",
        (
            Cell("À propos de", "Collège Aimé-Césaire · Lina Morel"),
            Cell("Motif", "La durée prévue est finie depuis le 13 novembre."),
            Cell("Date", "14 septembre 2026"),
        ),
    )
    for title in ("Projet du 3 mars", "Bilan du 4 mars")
)

SCREENS: dict[str, Screen] = {
    "connexion": LoginPage(
        "",
        "",
        "/",
        (
            ("nferrand", "demo", "Nadia Ferrand, professeure"),
            ("htournier", "demo", "Hélène Tournier, principale"),
        ),
    ),
    "connexion-erreur": LoginPage(
        "nferrand",
        "Identifiant ou mot de passe incorrect. Vérifiez la touche Majuscules ; "
        "il reste 4 essais avant 15 minutes d'attente.",
        "/",
        (),
    ),
    "liste": list_page(),
    "liste-taches": list_page(
        tasks=TASK_ROWS, exports=(Button("Exporter (ods)", "/fiches/livret/export/ods", icon="down"),)
    ),
    "liste-vide": list_page(
        query="Z8KRE7K5GZ",
        groups=(),
        status="Aucun livret trouvé.",
        empty_title="Aucun livret ne correspond à « Z8KRE7K5GZ »",
        empty_causes=("l'élève n'a pas encore de livret ;", "le numéro est incomplet."),
    ),
    "lieu": PlaceChoice(
        "Créer un livret",
        "/livrets/nouveau",
        BACK,
        "Dans quel établissement ?",
        (("cesaire", "Collège Aimé-Césaire", True), ("pagnol", "École Marcel Pagnol", False)),
        "",
        "Créer le livret",
    ),
    "lieu-erreur": PlaceChoice(
        "Créer un livret",
        "/livrets/nouveau",
        BACK,
        "Dans quel établissement ?",
        (("cesaire", "Collège Aimé-Césaire", False),),
        "Choisissez un établissement.",
        "Créer",
    ),
    "livret": RECORD,
    "etape-1": wizard(first_step(), 1),
    "etape-1-erreurs": wizard(first_step(True), 1, faulty=True, summary=first_step(True).messages),
    "etape-2": wizard(second_step(), 2, notices=NOTICES),
    "etape-2-erreurs": wizard(second_step(True), 2, faulty=True, summary=second_step(True).messages),
    "etape-4-objectifs": wizard(fourth_step(), 4, sub=parts(0)),
    "etape-4-erreurs": _faulty_fourth(),
    "etape-4-amenagements": wizard(fourth_step(1), 4, sub=parts(1)),
    "tout": wizard(every_step(), 3, show_errors=True, summary=every_step().messages[1:]),
    "apart": wizard(
        first_step(),
        1,
        steps=(),
        where="",
        next="",
        back=False,
        live=False,
        saved="",
        title="Accord – PPRE de Lina Morel – Canevas",
    ),
    "document": DOCUMENT,
    "finaliser": CONFIRM,
    "finaliser-erreurs": replace(
        CONFIRM,
        edits=(),
        errors=(("Durée envisagée : la durée manque. Saisissez-la.", "/documents/d1/1#duree"),),
    ),
    "finaliser-refus": replace(CONFIRM, warnings=(), refusal="La direction n'a pas encore donné son visa."),
    "conflit": CONFLICT,
    "historique": HistoryPage(
        "Historique",
        "Collège Aimé-Césaire · Lina Morel",
        Button("PPRE", "/documents/d1"),
        (
            HistoryLine(
                "22 novembre 2026, de 14 h 02 à 14 h 32",
                "Hélène Tournier",
                "",
                (
                    Change(
                        "Durée envisagée", before=(("6 semaine(s)", False),), after=(("8 semaine(s)", False),)
                    ),
                    Change("Date de la réunion", before=(("", False),), after=(("30/11/2026", False),)),
                    Change("Participants", added=("Nom : Rossi",), removed=("Nom : Petit",)),
                    Change(
                        "Constats",
                        before=(("Lit ", False), ("lentement", True)),
                        after=(("Lit ", False), ("mieux", True)),
                        summary="Texte modifié : « Lit mieux »",
                    ),
                ),
                (Change("Visa", before=(("non", False),), after=(("oui", False),)),),
            ),
            HistoryLine("22 novembre 2026, 14 h 30", "Nadia Ferrand", "Création", (), ()),
        ),
        None,
        Button("Voir les changements plus anciens", "/documents/d1/historique?avant=3"),
    ),
    "historique-vide": HistoryPage("Historique", "PPRE", Button("PPRE", "/documents/d1"), (), None, None),
    "erreur": ErrorPage(
        404,
        "Cette page n'existe pas ou ne vous est pas ouverte",
        "L'adresse est peut-être incomplète.",
        "Demandez l'accès à l'enseignant responsable.",
        Button("Mes livrets", "/livrets"),
    ),
    "aide": TextPage(
        "Aide",
        (
            ("Enregistrer", "Tout est enregistré *au fur et à mesure*.\n\n- Suivant ;\n- Quitter."),
            ("Être aidé", "Écrivez à l'[équipe](/aide)."),
        ),
    ),
    "reprise": ResumePage(
        "Votre saisie de 14 h 35 a été gardée",
        "Elle n'est pas encore enregistrée.",
        "/documents/d1/etape",
        (("duree", "6"), ("_do", "enregistrer")),
        "Enregistrer cette saisie",
    ),
    "non-enregistre": UnsavedPage(
        503,
        "Enregistrement impossible",
        "La base ne répond pas : rien n'a été enregistré.",
        "Réessayez dans quelques minutes : votre texte reste affiché.",
        "/documents/d1/etapes/s1",
        (("constats", "Lit lentement.\nSe fatigue."), ("_do", "enregistrer")),
        ("Lit lentement.\nSe fatigue.",),
        "Réessayer",
    ),
    "hier": BesidePage(
        "PPRE du 11 septembre 2026 : hier et aujourd'hui",
        Button("PPRE du 11 septembre 2026", "/documents/d1"),
        "Ce document reste tel qu'il a été rempli.",
        "2 lignes diffèrent, sur 3.",
        "Version 1.0.0, créé le 7 septembre 2026",
        "Version 2.0.0, aujourd'hui",
        (
            BesidePart(
                "Objectifs",
                (
                    BesideLine(
                        "Intitulé", "", {"kind": "text", "text": "x"}, {"kind": "empty"}, "Autre", "warn"
                    ),
                    BesideLine("Durée", "Temps", None, {"kind": "text", "text": "6"}, "Nouveau", "info"),
                    BesideLine("Moyens", "", {"kind": "list", "items": [{"text": "x"}]}, None, "", ""),
                ),
            ),
        ),
    ),
    "repetition": RehearsalPage(
        "Répétition : PPRE 3.1.0",
        Button("Définitions", "/definitions"),
        "Chaque document est rejoué.",
        (("Le champ « Lieu » s'ajoute.", "Compatible", "Gêne les brouillons."),),
        Advance(
            "Avancement",
            "500 documents rejoués sur 1200.",
            500,
            1200,
            True,
            (("1 bloqué", "bad"), ("499 inchangés", "good")),
            "/definitions/ppre/repetition",
            "Continuer la répétition",
        ),
        (
            RehearsalLine("PPRE", "/documents/d1", "Collège", "Finalisé", "2.0.0", "Déplacé", "info", ""),
            RehearsalLine("Autre PPRE", "", "École", "Brouillon", "1.0.0", "Perdrait", "bad", "« Lieu »"),
        ),
        "2 documents à regarder",
        None,
        Button("Suivants", "/definitions/ppre/repetition?page=2"),
        "",
        ("Un scénario est en échec.", "1 document perdrait une réponse."),
    ),
    "vie": LifePage(
        "PPRE",
        Button("Définitions", "/definitions"),
        "Les nouveaux documents commencent avec la version 2.1.0.",
        (
            VersionLine("2.1.0", "En vigueur", "good", "Le 16 novembre 2026", "Une date.", "3 documents"),
            VersionLine("2.0.0", "Annulée", "bad", "", "", "0 documents"),
        ),
        Advance(
            "Passage", "C'est fini.", 3, 3, False, (("3 déplacés", "info"),), "/definitions/ppre/passage", ""
        ),
        (RehearsalLine("PPRE", "", "Collège", "Brouillon", "1.0.0", "Bloqué", "bad", "Une étape close"),),
        "1 document à regarder",
        "Elle serait publiée sous le numéro 2.2.0.",
        (),
        (Button("Répéter la version 2.2.0", "/definitions/ppre/repetition", main=True),),
        (
            NoteForm(
                "annuler",
                "Annuler la publication",
                "La version 2.0.0 redevient celle en vigueur.",
                "/definitions/ppre/annulation",
                "Pourquoi",
                "En une phrase.",
                "Annuler",
                note="Trop tôt",
                hidden=(("version", "2.1.0"),),
                errors=("La version 2.2.0 a été publiée depuis.",),
            ),
            NoteForm(
                "retirer",
                "Retirer une version",
                "Plus aucun document ne commence avec elle.",
                "/definitions/ppre/retrait",
                "Pourquoi",
                "En une phrase.",
                "Retirer",
                versions=("2.1.0", "2.0.0"),
            ),
        ),
        Played("Cette version ne peut pas être publiée :", ("Un scénario est en échec.",), ""),
    ),
    "vie-a-jouer": LifePage(
        "PPRE",
        Button("Définitions", "/definitions"),
        "Les nouveaux documents commencent avec la version 2.1.0.",
        (VersionLine("2.1.0", "En vigueur", "good", "", "", "3 documents"),),
        None,
        (),
        "",
        "Elle serait publiée sous le numéro 2.2.0.",
        (),
        (),
        (),
        Played("Les scénarios sont à jouer.", (), "/definitions/ppre?scenarios=1"),
    ),
    "definitions": FaultsPage(
        "Définitions",
        "Aucune faute.",
        (),
        (("PPRE", "/definitions/ppre", "Version 2.0.1 en vigueur."),),
    ),
    "import": ImportChoice(
        "Importer des fiches",
        (
            ("un", "Premier export", "Écoles, fichier csv.", True),
            ("deux", "Second export", "Collèges, fichier csv ou zip.", False),
        ),
        (("c1", "Collège Aimé-Césaire", True), ("e1", "École Pierre et Marie Curie", False)),
        "",
    ),
    "import-erreur": ImportChoice(
        "Importer des fiches",
        (("un", "Premier export", "Écoles, fichier csv.", True),),
        (("c1", "Collège Aimé-Césaire", True),),
        "Le fichier est vide : choisissez l'export, tel quel.",
    ),
    "import-apercu": ImportPreview(
        "Ce qui changerait",
        Button("Importer un autre fichier", "/imports"),
        (("12", "fiches créées"), ("1", "fiche changée")),
        (
            ImportLine("2", "Lina Martin", "nouvelle", ""),
            ImportLine("3", "Tom Petit", "changée", "Classe : 6e B"),
        ),
        10,
        (("4", "INE", "la lettre ne convient pas : vérifiez-la.", True), ("5", "Nom", "manque.", False)),
        2,
        (("Zoé Lefèvre", "/documents/l1"), ("", "")),
        "/imports/x",
        (
            ImportDoubt("6", "Léa Blanc", "/documents/l2", "Une fiche a déjà ce nom."),
            ImportDoubt("7", "Léa Blanc", "", "Une fiche a déjà ce nom."),
        ),
    ),
    "import-rien": ImportPreview(
        "Ce qui changerait", Button("Importer", "/imports"), (("0", "fiche créée"),), (), 0, (), 0, (), ""
    ),
    "transmettre": HandoverPage(
        "Transmettre des dossiers",
        Button("Mes livrets", "/fiches/livret"),
        "/fiches/livret/transmettre",
        "6e b",
        "",
        (Option("c1", "Collège Aimé-Césaire", True), Option("e1", "École Curie")),
        "c1",
        "Enseignant responsable",
        (Option("p1", "Karima Benali"), Option("p2", "Nadia Ferrand", True)),
        (
            Picked("l1", "Livret de Lina Morel", "Sixième, 6e B", "Nadia Ferrand", True),
            Picked("l2", "Livret de Noé Garnier", "", "personne", False),
        ),
        True,
        "Aucun dossier n'est choisi : cochez-en au moins un.",
    ),
    "transmettre-un": HandoverPage(
        "Transmettre des dossiers",
        Button("Livret de Lina Morel", "/documents/l1"),
        "/fiches/livret/transmettre",
        "",
        "l1",
        (),
        "c1",
        "Enseignant responsable",
        (Option("p1", "Karima Benali"),),
        (Picked("l1", "Livret de Lina Morel", "Sixième, 6e B", "Nadia Ferrand", True),),
        False,
        "",
    ),
    "transmettre-rien": HandoverPage(
        "Transmettre", Button("Retour", "/"), "/f", "zzz", "", (), "", "Responsable", (), (), False, ""
    ),
    "transmis": HandedPage(
        "Dossiers transmis",
        "À Karima Benali, le 22 novembre 2026 à 14 h 30, par Hélène Tournier.",
        Button("Mes livrets", "/fiches/livret"),
        (("Livret de Lina Morel", "/documents/l1"),),
        "/transmissions/g1/annuler",
        1,
    ),
    "transmis-ferme": HandedPage("Dossiers transmis", "À Karima Benali.", Button("Accueil", "/"), (), "", 0),
    "essai": PreviewPage(
        title="Essai : PPRE 3.1.0 (de travail)",
        back=Button("PPRE", "/definitions/ppre"),
        action="/definitions/ppre/essai",
        sealed="x.y",
        versions=(Option("3.1.0", "3.1.0 (de travail)", True), Option("3.0.0", "3.0.0 (en vigueur)")),
        starts=(Option("", "un document vide, sans rien autour", True), Option("accord", "L'accord")),
        roles=(Option("responsable", "Enseignant responsable", True), Option("famille", "Responsable légal")),
        states=(Option("brouillon", "Brouillon", True), Option("clos", "Clos")),
        steps=(
            Option("informations", "Informations préliminaires", True),
            Option("appuis", "Points d'appui"),
        ),
        notices=(Message("warning", "Ce choix n'est plus proposé.", ""),),
        shut="",
        step=first_step(),
        summary=(Message("error", "Durée envisagée : la réponse manque.", "duree"),),
        hidden=(Reasons("Matière", ("« Matière » ne se montre pas parce que « Fonction » manque.",)),),
        actions=(Reasons("« Clore »", ("« Clore » part de l'état « Finalisé ».", "Il manque une réponse.")),),
    ),
    "essai-ferme": PreviewPage(
        title="Essai : PPRE 3.0.0",
        back=Button("PPRE", "/definitions/ppre"),
        action="/definitions/ppre/essai",
        sealed="x.y",
        versions=(Option("3.0.0", "3.0.0", True),),
        starts=(Option("", "un document vide, sans rien autour", True),),
        roles=(Option("famille", "Responsable légal", True),),
        states=(Option("brouillon", "Brouillon", True),),
        steps=(Option("informations", "Informations préliminaires", True),),
        notices=(),
        shut="Ce document ne vous est pas ouvert.",
        step=replace(first_step(), nodes=()),
        summary=(),
        hidden=(),
        actions=(Reasons("« Clore »", ("« Clore » ne vous est pas permis.",)),),
    ),
    "proposer": ProposePage(
        title="Proposer : Informations préliminaires",
        over="PPRE de Lina Morel",
        back=Button("Revenir au document", "/documents/d1?lire=1"),
        lead="Écrivez ce que vous mettriez, là où un champ s'ouvre.",
        action="/documents/d1/proposer/informations",
        step=first_step(),
        base="{}",
        sealed="x.[]",
        comment="Vu en classe.",
        most=500,
        summary_title="1 réponse est à corriger",
        summary=(Message("error", "Durée envisagée : « six » n'est pas un nombre.", "duree"),),
        revision=3,
    ),
    "taches": TasksPage(
        "Mes tâches",
        (
            Found("renvoyes", "Renvoyés vers vous", TASK_COLUMNS, TASK_ROWS[:1]),
            Found("suivis", "Attendus ou à échéance", TASK_COLUMNS, TASK_ROWS),
        ),
        "",
        "/taches?page=1",
        "/taches?page=3",
    ),
    "taches-rien": TasksPage("Mes tâches", (), "Rien ne vous attend ici pour le moment.", "", ""),
    "apercu": OverviewPage(
        "Collège Aimé-Césaire",
        "Situation du 22 novembre 2026",
        Button("Autres lieux", "/lieux"),
        (Button("Exporter (ods)", "/lieux/c1/export/ods", icon="down"),),
        (
            ("Livrets (dossiers en cours)", "128", "/fiches/livret"),
            ("Projet (documents en cours)", "34", "/recherche"),
        ),
        TASK_ROWS,
        True,
        (
            Bars(
                "etats",
                "Projet, par état",
                "État",
                (("Brouillon", 9), ("Finalisé, en attente d'accord", 34), ("Clos", 0)),
            ),
            Bars("niveaux", "Livret, par niveau", "Niveau", (("Sixième", 4), ("Non renseigné", 1))),
        ),
        column_plot(
            "Documents commencés, mois par mois",
            "Mois",
            "Documents",
            tuple((f"mois {n}", f"m{n}", n * n) for n in range(12)),
        ),
        "Seuls les plus récents sont comptés pour : Projet.",
    ),
    "apercu-vide": OverviewPage(
        "École",
        "Situation du jour",
        None,
        (),
        (),
        (),
        False,
        (),
        column_plot("Mois", "Mois", "Documents", ()),
        "",
    ),
    "lieux": PlacesPage(
        "Vue d'ensemble", (("/lieux/c1", "Collège Aimé-Césaire"), ("/lieux/e1", "École Curie"))
    ),
    "recherche": SearchPage(
        "Rechercher",
        "morel",
        (Option("un", "Projet"), Option("un.brouillon", "Projet : Brouillon", True)),
        "3 réponses sur cette page. D'autres suivent.",
        (
            Found(
                "dossiers",
                "Dossiers",
                ("Dossier", "Classe", "Lieu"),
                (
                    Row(
                        "Lina Morel",
                        "/documents/l1",
                        (Cell("Classe", "6e B"), Cell("Lieu", "Collège Aimé-Césaire")),
                    ),
                    Row(
                        "Tom Morel-Duchêne de la Roseraie",
                        "/documents/l2",
                        (Cell("Classe"), Cell("Lieu", empty="—")),
                    ),
                ),
            ),
            Found(
                "documents",
                "Documents",
                ("Document", "État"),
                (Row("Projet du 3 mars", "/documents/d1", (Cell("État", tags=(("Brouillon", ""),)),)),),
            ),
        ),
        (),
        "/recherche?q=morel",
        "/recherche?q=morel&page=3",
    ),
    "recherche-vide": SearchPage(
        "Rechercher", "zzz", (), "Rien ne répond.", (), ("L'orthographe.", "Ce n'est pas ouvert."), "", ""
    ),
    "fautes": FaultsPage(
        "Définitions refusées",
        "3 fautes à corriger.",
        (
            ("form.json", "$.steps[2].fields[0].min", "12 dépasse max (10)"),
            ("form.json", "$.steps[2]", "clé inconnue : lable ; vouliez-vous dire label ?"),
        ),
    ),
}


def frame_of(screen: Screen) -> Frame:
    return SIGNED_OUT if isinstance(screen, LoginPage) else replace(FRAME, flash="")
