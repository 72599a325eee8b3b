"""Settings: defaults, each fault named in French, demonstrations on this machine only."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.settings import LOOPBACK_NAMES, SETTINGS, SettingsError, is_loopback, read


def faults(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        read({f"CANEVAS_{name}": value for name, value in environ.items()})
    assert str(raised.value) == "\n".join(raised.value.faults)
    return raised.value.faults


def test_defaults_are_for_this_machine() -> None:
    settings = read({"PATH": "/bin", "CANEVAS_PORT": ""})
    assert (settings.host, settings.port, settings.https, settings.demo) == ("127.0.0.1", 8000, False, False)
    assert settings.hosts == LOOPBACK_NAMES
    assert settings.data == Path("data")
    assert settings.store == "tiny:data/base"
    assert settings.proxies == ()


def test_every_setting_is_read() -> None:
    settings = read(
        {
            "CANEVAS_DATA": "/srv/canevas",
            "CANEVAS_STORE": "memory:",
            "CANEVAS_HOST": "0.0.0.0",
            "CANEVAS_PORT": "443",
            "CANEVAS_HTTPS": "oui",
            "CANEVAS_HOSTS": "Canevas.Exemple.fr, [::1]",
            "CANEVAS_DEMO": "0",
            "CANEVAS_PROXIES": "10.0.0.0/24, 192.0.2.1",
        }
    )
    assert settings.store == "memory:"
    assert settings.hosts == ("canevas.exemple.fr", "[::1]")
    assert [str(network) for network in settings.proxies] == ["10.0.0.0/24", "192.0.2.1/32"]
    assert settings.https


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "0", "1 à 65535"),
        ("PORT", "65536", "1 à 65535"),
        ("PORT", "٣", "1 à 65535"),
        ("HTTPS", "peut-être", "1 pour oui ou 0 pour non"),
        ("HOST", "mon-poste", "adresse IP"),
        ("HOSTS", "https://exemple.fr", "sans https://"),
        ("HOSTS", "*.exemple.fr", "sans https://"),
        ("PROXIES", "10.0.0.1/24", "réseau"),
    ],
)
def test_each_fault_names_the_setting_its_value_and_the_remedy(name: str, value: str, words: str) -> None:
    (fault,) = faults(**{name: value})
    assert fault.startswith(f"CANEVAS_{name} = « {value} » : ")
    assert words in fault


def test_an_unknown_setting_names_its_neighbour_and_faults_come_together() -> None:
    found = faults(PROT="1", PORT="x", ACCES="1")
    assert "CANEVAS_PROT n'est pas un réglage connu. Le plus proche est CANEVAS_PORT." in found
    assert len(found) == 3


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_demonstrations_stay_on_this_machine(host: str) -> None:
    assert any("démonstration" in fault for fault in faults(HOST=host, DEMO="1", HOSTS="canevas.exemple.fr"))
    assert read({"CANEVAS_HOST": "127.0.0.2", "CANEVAS_DEMO": "1"}).demo


def test_a_site_open_to_the_network_has_a_name() -> None:
    assert "CANEVAS_HOSTS" in faults(HOST="0.0.0.0")[0]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_every_setting_says_what_it_is_for() -> None:
    assert all(setting.help for setting in SETTINGS.values())


def test_only_a_postgresql_base_has_a_replica_and_no_message_holds_its_password() -> None:
    base, replica = "postgresql://canevas@a/canevas", "postgresql://canevas:s3cret@b/canevas"
    assert read({"CANEVAS_STORE": base, "CANEVAS_STORE_READ": replica}).store_read == replica
    for store, read_from in (("", replica), (base, "tiny:/srv/base")):
        (fault,) = faults(STORE=store, STORE_READ=read_from)
        assert fault.startswith("CANEVAS_STORE_READ : ")
        assert "s3cret" not in fault
