"""The environment -> frozen Settings. Every fault is named, in French, before anything starts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

PREFIX = "CANEVAS_"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """Faulty settings: one sentence a fault, in French."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True)
class Settings:
    """What the operator chooses; see `SETTINGS` for the meaning of each."""

    data: Path
    store: str
    store_read: str
    host: str
    port: int
    https: bool
    hosts: tuple[str, ...]
    demo: bool
    proxies: tuple[Network, ...]


@dataclass(frozen=True)
class Setting:
    """One variable: its default, how it is read, what it is for."""

    default: str
    parse: Callable[[str], Any]
    help: str


def read(environ: Mapping[str, str]) -> Settings:
    """Return the settings of an environment; SettingsError lists every fault.

    >>> read({"CANEVAS_PORT": "8080"}).port
    8080
    """
    faults = [_unknown(name) for name in environ if name.startswith(PREFIX) and name not in SETTINGS]
    values: dict[str, Any] = {}
    for name, setting in SETTINGS.items():
        text = environ.get(name, "").strip() or setting.default
        try:
            values[name.removeprefix(PREFIX).lower()] = setting.parse(text)
        except ValueError as error:
            faults.append(f"{name} = « {text} » : {error}")
    if not faults:
        faults = _misfits(values)
    if faults:
        raise SettingsError(faults)
    values["store"] = values["store"] or f"tiny:{values['data'] / 'base'}"
    return Settings(**values)


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _misfits(values: Mapping[str, Any]) -> list[str]:
    """Faults between settings that are each right."""
    replicas = values["store_read"]
    if replicas and not (replicas.startswith("postgresql:") and values["store"].startswith("postgresql:")):
        return [
            "CANEVAS_STORE_READ : seule une base postgresql:… a un réplica, nommé postgresql:… lui aussi."
        ]
    if is_loopback(values["host"]):
        return []
    faults = []
    if values["demo"]:
        faults.append(
            f"CANEVAS_HOST = « {values['host']} » : les comptes de démonstration ont des mots de passe "
            "publics et ne s'ouvrent que sur cette machine. Gardez 127.0.0.1, ou démarrez sans démonstration."
        )
    if values["hosts"] == LOOPBACK_NAMES:
        faults.append(
            f"CANEVAS_HOST = « {values['host']} » : le service serait ouvert au réseau sans nom connu. "
            "Donnez dans CANEVAS_HOSTS le nom du site, par exemple canevas.exemple.fr."
        )
    return faults


def _unknown(name: str) -> str:
    near = get_close_matches(name, SETTINGS, n=1, cutoff=0)[0]
    return f"{name} n'est pas un réglage connu. Le plus proche est {near}."


def _flag(text: str) -> bool:
    known = {"1": True, "oui": True, "true": True, "0": False, "non": False, "false": False}
    if text.lower() not in known:
        raise ValueError("écrivez 1 pour oui ou 0 pour non.")
    return known[text.lower()]


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError("donnez un nombre de 1 à 65535.")
    return int(text)


def _listening(text: str) -> str:
    if text != "localhost":
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise ValueError("donnez une adresse IP de cette machine, par exemple 127.0.0.1.") from None
    return text


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name):
            raise ValueError(f"« {name} » n'est pas un nom de site. Écrivez-le sans https:// ni port ni *.")
    return names


def _networks(text: str) -> tuple[Network, ...]:
    networks = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(part))
        except ValueError:
            raise ValueError(f"« {part} » n'est pas une adresse ni un réseau, comme 10.0.0.0/24.") from None
    return tuple(networks)


SETTINGS: dict[str, Setting] = {
    "CANEVAS_DATA": Setting("data", Path, "dossier des données"),
    "CANEVAS_STORE": Setting(
        "", str, "base : tiny:/chemin/base, par défaut dans le dossier des données ; ou postgresql://…"
    ),
    "CANEVAS_STORE_READ": Setting("", str, "réplica de la base, où lire les listes : postgresql://…"),
    "CANEVAS_HOST": Setting("127.0.0.1", _listening, "adresse d'écoute"),
    "CANEVAS_PORT": Setting("8000", _port, "port d'écoute"),
    "CANEVAS_HTTPS": Setting("0", _flag, "1 si le site est servi en HTTPS : cookies sûrs et HSTS"),
    "CANEVAS_HOSTS": Setting(
        ",".join(LOOPBACK_NAMES), _names, "noms du site acceptés, séparés par des virgules"
    ),
    "CANEVAS_DEMO": Setting("0", _flag, "1 pour les comptes de démonstration, sur cette machine seulement"),
    "CANEVAS_PROXIES": Setting("", _networks, "adresses des relais dont X-Forwarded-For est cru"),
}
