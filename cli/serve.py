"""`canevas serve`: open the base, make the site, serve it with one process."""

from __future__ import annotations

import gc
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import uvicorn

from storage.base import StorageError
from web import settings
from web.app import build
from web.settings import Settings, SettingsError
from web.site import Site
from web.store_words import say

BACKLOG = 2048
GRACE = 10  # seconds for the requests under way when it stops


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    demo: bool | None = None,
    data: Path | None = None,
) -> None:
    """Sert le site. Les options l'emportent sur les variables CANEVAS_*.

    Parameters
    ----------
    host
        Adresse d'écoute (127.0.0.1 par défaut).
    port
        Port d'écoute (8000 par défaut).
    demo
        Crée des personnes et des contenus inventés, avec des comptes aux mots de passe publics.
    data
        Dossier des données (./data par défaut).
    """
    given = {"HOST": host, "PORT": port, "DEMO": None if demo is None else int(demo), "DATA": data}
    chosen = {f"{settings.PREFIX}{name}": str(value) for name, value in given.items() if value is not None}
    try:
        read = settings.read(os.environ | chosen)
        listener = _listen(read)
        app = build(read)
    except StorageError as error:
        _stop(say(error, read.store))
    except (SettingsError, OSError) as error:
        _stop(str(error))
    gc.freeze()  # what is there now stays: it needs no search for garbage
    print(_welcome(app.state["site"]), flush=True)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=GRACE,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _listen(read: Settings) -> socket.socket:
    """Take the port before anything is said; OSError in French if another program has it."""
    family = socket.AF_INET6 if ":" in read.host else socket.AF_INET
    try:
        return socket.create_server((read.host, read.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(
            f"Le port {read.port} de {read.host} ne peut pas être ouvert ({error.strerror}). "
            "Arrêtez l'autre programme, ou choisissez un autre port avec --port."
        ) from error


def _welcome(site: Site) -> str:
    """Say where the site is, and who may enter when it is a demonstration."""
    host = f"[{site.settings.host}]" if ":" in site.settings.host else site.settings.host
    lines = [f"Canevas est ouvert : http://{host}:{site.settings.port} (Ctrl+C pour l'arrêter)"]
    if site.demo_accounts:
        lines.append("Comptes de démonstration (identifiant, mot de passe) :")
        widths = [max(len(account[column]) for account in site.demo_accounts) for column in (0, 1)]
        lines += [
            f"  {login:<{widths[0]}}  {password:<{widths[1]}}  {who}"
            for login, password, who in site.demo_accounts
        ]
    return "\n".join(lines)


def _stop(reason: str) -> NoReturn:
    print(reason, file=sys.stderr)
    sys.exit(2)
