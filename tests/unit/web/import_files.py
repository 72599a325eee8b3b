"""Look-alikes of the exports that are brought in, generated: nobody real."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

HEADS = (
    "Nom élève;Nom d'usage élève;Prénom élève;Date naissance;Sexe;INE;Adresse1;Cp1;Commune1;Pays1;Adresse2;"
    "Cp2;Commune2;Pays2; Cycle;Niveau;Libellé classe;Identifiant classe;Attestation fournie;"
    "Autorisation associations;Autorisation photo;Décision de passage"
)


def onde(children: Iterable[Mapping[str, str]], encoding: str = "iso-8859-15", heads: str = HEADS) -> bytes:
    """A « CSVExtraction.csv »: 22 columns, and the line with which some end."""
    lines = [
        f"{one['nom']};;{one['prenom']};{one['ne']};F;{one.get('ine', '')};1 rue;63000;Ville;France;;;;;"
        f"CYCLE III;{one['niveau']};{one['classe']};12;O;N;N;"
        for one in children
    ]
    return "\r\n".join([heads, *lines, "Fin de l'extraction", ""]).encode(encoding)


def child(n: int, **changes: str) -> dict[str, str]:
    """The nth child of a school of any size."""
    made = {
        "nom": f"Nom{n:05}",
        "prenom": "Zoé",
        "ne": f"{n % 28 + 1:02}/03/2016",
        "ine": f"{n:09}AB",
        "niveau": "CM2",
        "classe": "CM2 A",
    }
    return made | changes


def siecle(children: Sequence[Mapping[str, str]], uai: str) -> bytes:
    """An « ElevesSansAdresses.xml », zipped."""
    pupils = "".join(
        f"<ELEVE ELEVE_ID='{n}' ELENOET='{n}'><ID_NATIONAL>{one['ine']}</ID_NATIONAL>"
        f"<NOM_DE_FAMILLE>{one['nom']}</NOM_DE_FAMILLE><PRENOM>{one['prenom']}</PRENOM>"
        f"<DATE_NAISS>{one['ne']}</DATE_NAISS><CODE_MEF>10010012110</CODE_MEF></ELEVE>"
        for n, one in enumerate(children)
    )
    classes = "".join(
        f"<STRUCTURES_ELEVE ELEVE_ID='{n}'><STRUCTURE><CODE_STRUCTURE>G1</CODE_STRUCTURE><TYPE_STRUCTURE>G"
        f"</TYPE_STRUCTURE></STRUCTURE><STRUCTURE><CODE_STRUCTURE>{one['classe']}</CODE_STRUCTURE>"
        "<TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE>"
        for n, one in enumerate(children)
    )
    text = (
        "<?xml version='1.0' encoding='ISO-8859-15'?><BEE_ELEVES VERSION='2.1'><PARAMETRES>"
        f"<UAJ>{uai}</UAJ></PARAMETRES><DONNEES><ELEVES>{pupils}</ELEVES><STRUCTURES>{classes}</STRUCTURES>"
        "</DONNEES></BEE_ELEVES>"
    )
    return zipped({"ElevesSansAdresses.xml": text.encode("iso-8859-15")})


def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
