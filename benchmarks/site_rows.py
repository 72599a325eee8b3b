"""Rows 3, 4 and 6: pages drawn, and posts on the real route."""

from __future__ import annotations

import asyncio
import io
import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast
from urllib.parse import urlencode

from markupsafe import escape

from benchmarks import workload
from benchmarks.engine_rows import STEP, published
from benchmarks.measure import Row, interleaved
from benchmarks.peers import by_django, by_jinja
from engine.access import Grant
from engine.compile import CompiledForm
from engine.context import Context
from engine.evaluate import evaluate
from engine.validate import judge
from renderers.html import page, regions
from renderers.live_step import LiveStep, regions_of
from renderers.pages import Frame, WizardPage
from renderers.showing import Showing

FRAME = Frame("Zoé Lefèvre", "École", (), "x" * 40)


def rows() -> Iterator[Row]:
    """Measure these rows."""
    yield from _pages()
    yield from _posts()


# --- 3 and 4 ------------------------------------------------------------------------------------


def _pages() -> Iterator[Row]:
    """Pages and fragments drawn from answers that are read and judged already, as the peers' are."""
    form = published(workload.form()).forms["ppre", "1.0.0"]
    ready = [_Ready(form, workload.fields(seed)) for seed in range(4)]
    turn = itertools.cycle(ready)

    def ours() -> str:
        return page(next(turn).screen(), FRAME)

    def limit() -> str:
        one = next(turn)
        return "".join([*itertools.chain(*zip(one.texts, map(escape, one.values), strict=False))])

    def cascade() -> str:
        return regions(SCREEN, FRAME, regions_of(next(turn).showing(), workload.STEP, {"z-domaine_vise"}))

    def django() -> object:
        one = next(turn).query
        return by_django.Step(one).as_p(), by_django.People(one).as_p()

    for one in ready:
        plain = replace(SCREEN, step=LiveStep(one.showing(), workload.STEP).view)
        assert page(one.screen(), FRAME) == page(plain, FRAME), "not the same bytes"
    for _ in ready * 2:  # each kind of choice is cut once
        ours(), cascade()
    times = interleaved(
        {
            "ours": ours,
            "flat": lambda: by_jinja.page(next(turn).given),
            "limit": limit,
            "django": django,
            "cascade": cascade,
        },
        rounds=7,
    )
    size = len(ours().encode()) / 1000
    what = f"page de {size:.0f} ko, mêmes octets que le rendu Jinja, réponses déjà lues"
    yield Row("3", what, times["ours"], times["flat"], "Jinja à plat", 0.10)
    yield Row("3", what, times["ours"], times["limit"], "échapper 84 réponses et joindre", 3)
    yield Row("3", what, times["ours"], times["django"], "Django, rendu Jinja", 300, at_most=False)
    what = "fragment après un choix de la cascade, réponses déjà lues"
    yield Row("4", what, times["cascade"], times["flat"], "page à plat", 0.01)


class _Ready:
    """A document whose answers are read and judged: what each side starts from."""

    def __init__(self, form: CompiledForm, given: dict[str, Any]) -> None:
        document = workload.document(workload.answers(given))
        self.given, self.query = given, by_django.query(given)
        self.state = evaluate(form, document, Context(date(2026, 10, 5)))
        self.problems = judge(self.state, STEP)
        everything = frozenset(form.skeleton.items)
        self.grant = Grant(frozenset(), frozenset(), everything, everything)
        self.values = [text for _, text in workload.pairs(given) if text]
        self.values += ["non"] * (84 - len(self.values))
        whole = page(self.screen(), FRAME)
        step = (len(whole) - sum(map(len, self.values))) // 84
        self.texts = [whole[n * step : (n + 1) * step] for n in range(84)]

    def showing(self) -> Showing:
        """What a request shows it with: made each time."""
        return Showing(self.state, self.grant, self.problems, candidates=lambda _item: ())

    def screen(self) -> WizardPage:
        """The page of its step."""
        return replace(SCREEN, step=LiveStep(self.showing(), workload.STEP))


SCREEN = WizardPage(
    title="Mise en œuvre – PPRE – Canevas",
    over="PPRE",
    quit="Revenir à la fiche",
    action="/documents/1/etapes/mise_en_oeuvre",
    revision=1,
    base="{}",
    sitting="s",
    steps=(),
    where="",
    step=cast(Any, None),
    show_errors=False,
    summary_title="",
    summary=(),
    reassure="",
    notices=(),
    back=False,
    next="Suivant",
    save="Enregistrer",
    saved="Brouillon enregistré à 14 h 32",
    live=True,
)


# --- 6 ------------------------------------------------------------------------------------------

NOW = datetime(2026, 10, 5, 14, 30, tzinfo=UTC)
FORM = b"application/x-www-form-urlencoded"


def _posts() -> Iterator[Row]:
    with asyncio.Runner() as runner:
        ours, hello, django = posting(runner, "memory:"), _hello(runner), _django()
        times = interleaved({"ours": ours, "hello": hello, "django": django}, rounds=7)
    what = "POST d'une étape, base en mémoire (sans serveur HTTP)"
    yield Row("6", what, times["ours"], times["hello"], "« hello » de Litestar", 12.5)
    yield Row("6", what, times["ours"], times["django"], "POST de Django", 40, at_most=False)


def _ask(runner: asyncio.Runner, app: Any, method: str, path: str, head: Any, body: bytes) -> int:
    """Call an application; give the status of its answer."""
    status: list[int] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000"), *head],
        "client": ("127.0.0.1", 4000),
        "server": ("127.0.0.1", 8000),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    runner.run(app(scope, receive, send))
    return status[0]


def posting(runner: asyncio.Runner, place: str) -> Callable[[], object]:
    """A person who saves the step again and again, other answers each time, in a store."""
    from argon2 import PasswordHasher

    from storage.registry import open_store
    from web import accounts, logs, records, sessions, settings, wizard
    from web.app import create_app
    from web.world import DOCUMENT, PERSON, PLACE, Desk

    store, catalogue = open_store(place), published(workload.form())
    app = create_app(
        settings.read({}),
        store,
        clock=lambda: NOW,
        rng=secrets,
        render=page,
        passwords=accounts.passwords(PasswordHasher()),
        catalogue=catalogue,
        log=logs.make_logger(io.StringIO(), lambda: NOW),
        routes=[*wizard.ROUTES, *records.ROUTES],
    )
    who = {"id": workload.PERSON, "label": "Zoé", "roles": [{"role": "enseignant", "at": workload.PLACE}]}
    with store.transaction(author="banc", at=NOW) as tx:
        place = {"kind": "ecole", "label": "École", "within": []}
        tx.put(PLACE, workload.PLACE, place, {"kind": "ecole", "label": "École"}, expected_revision=0)
        tx.put(PERSON, workload.PERSON, who, {"label": "Zoé", "at": [workload.PLACE]}, expected_revision=0)
        event = {"label": "Création", "at": NOW.isoformat(), "by": {"id": workload.PERSON, "label": "Zoé"}}
        pupil = workload.document({"nom": "Lina", "ecole": [{"id": workload.PLACE, "label": "École"}]})
        pupil |= {"form": "eleve", "subject": None, "events": [event]}
        project = workload.document({}) | {"place": workload.PLACE, "events": [event]}
        work = Desk(tx, catalogue, NOW, workload.PERSON)
        for id, body in ((workload.RECORD, pupil), ("projet", project)):
            keys = work.keys(id, work.evaluate(id, body))
            tx.put(DOCUMENT, id, body, keys, expected_revision=0)
    token, session = sessions.start(store, secrets, login="zoe", person=workload.PERSON, now=NOW)
    turn = [0]

    def post() -> None:
        stored = store.get(DOCUMENT, "projet")
        turn[0] += 1
        hidden = {"_csrf": session.csrf, "_revision": str(stored.revision), "_do": "enregistrer"}
        body = workload.body(workload.fields(turn[0]), **hidden)
        length = str(len(body)).encode()
        head = [
            (b"cookie", f"canevas={token}".encode()),
            (b"content-type", FORM),
            (b"content-length", length),
        ]
        path = f"/documents/projet/etapes/{workload.STEP}"
        status = _ask(runner, app, "POST", path, head, body)
        assert status == 303, status

    post()
    saved = store.get(DOCUMENT, "projet")
    assert saved.body["answers"] == workload.answers(workload.fields(1))
    return post


def _hello(runner: asyncio.Runner) -> Callable[[], object]:
    from litestar import Litestar, get

    @get("/", sync_to_thread=False)
    def hello() -> str:
        return "hello"

    app = Litestar([hello], openapi_config=None, logging_config=None)
    return lambda: _ask(runner, app, "GET", "/", [], b"")


def _django() -> Callable[[], object]:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    token = client.get("/").content.decode()
    turn = [0]

    def post() -> None:
        turn[0] += 1
        pairs = [*by_django.pairs(workload.fields(turn[0])), ("csrfmiddlewaretoken", token)]
        answer = client.post("/save", urlencode(pairs), content_type=FORM.decode())
        assert answer.status_code == 302, answer.status_code

    return post
