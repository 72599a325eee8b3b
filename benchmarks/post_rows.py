"""Row 6: posts on the real route, as a browser sends them, through one worker.

Each post says what the page that it comes from held: its token, what it showed, its revision. All of its
answers are others than before. What a browser does (writing the bodies) is done before anything is timed.
"""

from __future__ import annotations

import asyncio
import html
import io
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from benchmarks import worker, workload
from benchmarks.engine_rows import published
from benchmarks.measure import Row, interleaved
from benchmarks.peers import by_django

NOW = datetime(2026, 10, 5, 14, 30, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"
PATH = f"/documents/projet/etapes/{workload.STEP}"
PAGES = 12  # submissions, taken in turn
BY_SCRIPT = (("hx-request", "true"),)  # the next page comes with the answer


def rows() -> Iterator[Row]:
    """Measure these rows."""
    with worker.runner() as runs:
        cases = {
            "ours": posting(runs, "memory:"),
            "page": posting(runs, "memory:", BY_SCRIPT),
            "hello": _hello(runs),
            "django": by_django_posting("/save", 302),
            "django page": by_django_posting("/show", 200),
        }
        times = interleaved(cases, rounds=9)
    what = "POST d'une étape, base en mémoire, un processus"
    shown = "POST d'une étape, la page en réponse"
    yield Row("6", what, times["ours"], times["hello"], "« hello » de Litestar", 12.5)
    yield Row("6", shown, times["page"], times["django page"], "Django, sa page", 40, at_most=False)
    note = "pour mémoire"
    yield Row("6", shown, times["page"], times["hello"], "« hello » de Litestar", 12.5, note=note)
    yield Row("6", what, times["ours"], times["django"], "Django, redirection", 40, False, note)


def posting(runs: asyncio.Runner, place: str, more: tuple[tuple[str, str], ...] = ()) -> Callable[[], object]:
    """A person who saves the step again and again, other answers each time, in a store."""
    from web.world import DOCUMENT

    app, store, token = _site(place)
    ask = worker.worker(runs, app)
    cookie = ("cookie", f"canevas={token}")

    def shown() -> dict[str, str]:
        text = ask(worker.request("GET", PATH, [cookie])).decode()
        found = re.findall(r'<input type="hidden"[^>]* name="(_\w+)" value="([^"]*)"', text)
        return {name: html.unescape(value) for name, value in found}

    def head(length: int) -> bytes:
        sized = [cookie, ("content-type", FORM), *more, ("content-length", str(length))]
        return worker.request("", PATH, sized).replace(b" /", b"POST /", 1)

    def send(page: bytes) -> bytes:
        turn[0] += 1  # also the revision that the page shows
        body = page.replace(b"&_once=", b"&_revision=%d&_once=%d" % (turn[0], turn[0]), 1)
        return ask(head(len(body)) + body)

    def page(number: int) -> bytes:
        kept = {**shown(), "_once": ""}
        del kept["_revision"]
        return workload.body(workload.fields(number), kept, _do="enregistrer")

    turn = [0]
    bodies: list[bytes] = []
    for number in range(-2, 2 * PAGES):  # until the same comes back with each round
        bodies.append(page(number % PAGES))
        send(bodies[-1])
        saved = store.get(DOCUMENT, "projet")
        assert _said(saved.body["answers"]) == _said(workload.answers(workload.fields(number % PAGES)))
    first, bodies = turn[0], bodies[-PAGES:]

    def post() -> None:
        answer = send(bodies[(turn[0] - first) % PAGES])
        assert worker.status(answer) == (200 if more else 303), answer[:300]

    for _ in range(PAGES):
        post()
    assert store.get(DOCUMENT, "projet").revision == turn[0] + 1
    return post


def _said(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers without the boxes that nobody has ever ticked."""
    return {name: value for name, value in answers.items() if value is not False}


def _site(place: str) -> tuple[Any, Any, str]:
    """A site with one document, and a session of who fills it."""
    from argon2 import PasswordHasher

    from renderers.html import page
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
        school = {"kind": "ecole", "label": "École", "within": []}
        tx.put(PLACE, workload.PLACE, school, {"kind": "ecole", "label": "École"}, expected_revision=0)
        tx.put(PERSON, workload.PERSON, who, {"label": "Zoé", "at": [workload.PLACE]}, expected_revision=0)
        event = {"label": "Création", "at": NOW.isoformat(), "by": {"id": workload.PERSON, "label": "Zoé"}}
        pupil = workload.document({"nom": "Lina", "ecole": [{"id": workload.PLACE, "label": "École"}]})
        pupil |= {"form": "eleve", "subject": None, "events": [event]}
        project = workload.document({}) | {"place": workload.PLACE, "events": [event]}
        work = Desk(tx, catalogue, NOW, workload.PERSON)
        for id, body in ((workload.RECORD, pupil), ("projet", project)):
            keys = work.keys(id, work.evaluate(id, body))
            tx.put(DOCUMENT, id, body, keys, expected_revision=0)
    token, _ = sessions.start(store, secrets, login="zoe", person=workload.PERSON, now=NOW)
    return app, store, token


def _hello(runs: asyncio.Runner) -> Callable[[], object]:
    from litestar import Litestar, get

    @get("/", sync_to_thread=False)
    def hello() -> str:
        return "hello"

    ask = worker.worker(runs, Litestar([hello], openapi_config=None, logging_config=None))
    sent = worker.request("GET", "/")
    assert ask(sent).endswith(b"hello")
    return lambda: ask(sent)


def by_django_posting(path: str, status: int) -> Callable[[], object]:
    """The same with Django, called as a WSGI server would, without the cost of one."""
    from django.core.wsgi import get_wsgi_application
    from django.test import Client

    app, client = get_wsgi_application(), Client()
    token = client.get("/").content.decode()
    cookies = "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())
    given = [
        [*by_django.pairs(workload.fields(number)), ("csrfmiddlewaretoken", token)] for number in range(PAGES)
    ]
    bodies, turn = [workload.encoded(pairs) for pairs in given], [0]

    def post() -> None:
        turn[0] += 1
        body = bodies[turn[0] % PAGES]
        found: list[str] = []
        answer = app(_environ(path, cookies, body), lambda line, _headers: found.append(line))
        b"".join(answer)
        assert found[0].startswith(str(status)), found

    post()
    return post


def _environ(path: str, cookies: str, body: bytes) -> Mapping[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_COOKIE": cookies,
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
