"""Pages about the service itself, open to all, whose words are in `texts/`; and the health check."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from renderers.pages import TextPage
from web import answers
from web.answers import AnyRequest

TEXTS = Path(__file__).parent / "texts"


@get("/aide", sync_to_thread=False)
def show_help(request: AnyRequest) -> Response[str]:
    """How to fill, save and come back."""
    return answers.page(request, text_page("aide"))


@get("/accessibilite", sync_to_thread=False)
def show_accessibility(request: AnyRequest) -> Response[str]:
    """The accessibility statement."""
    return answers.page(request, text_page("accessibilite"))


@get("/donnees-personnelles", sync_to_thread=False)
def show_privacy(request: AnyRequest) -> Response[str]:
    """What is kept, who sees it, what may be asked."""
    return answers.page(request, text_page("donnees-personnelles"))


@get("/sante", sync_to_thread=False)
def show_health() -> Response[str]:
    """Tell a monitor that the service answers; nothing else."""
    return Response("ok\n", media_type="text/plain")


@cache
def text_page(name: str) -> TextPage:
    """Read a text: « # title », then « ## heading » and its words, again and again."""
    head, *parts = (TEXTS / f"{name}.md").read_text(encoding="utf-8").split("\n## ")
    cut = (part.partition("\n") for part in parts)
    return TextPage(
        title=head.strip().removeprefix("# "),
        parts=tuple((heading.strip(), words.strip()) for heading, _, words in cut),
    )


ROUTES: list[ControllerRouterHandler] = [show_help, show_accessibility, show_privacy, show_health]
