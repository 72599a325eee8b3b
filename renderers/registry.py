"""What a record or a document can be printed as: `Printed` in, a file's content out."""

from __future__ import annotations

from collections.abc import Callable

from renderers.pdf import pdf
from renderers.printed import Printed
from renderers.text import text

RENDERERS: dict[str, Callable[[Printed], bytes | str]] = {
    "pdf": pdf,
    "text": text,
}
