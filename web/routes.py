"""The routes of the use cases, in one place: the site and its tests serve the same."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from web import (
    bringing,
    depositing,
    gestures,
    list_pages,
    previewing,
    proposing,
    publishing,
    publishing_together,
    records,
    wizard,
)

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *wizard.ROUTES,
    *records.ROUTES,
    *publishing.ROUTES,
    *publishing_together.ROUTES,
    *list_pages.ROUTES,
    *depositing.ROUTES,
    *previewing.ROUTES,
    *proposing.ROUTES,
    *bringing.ROUTES,
    *gestures.ROUTES,
)
