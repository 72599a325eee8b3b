"""A working copy as a file: what its page shows of it, and the answer that gives it."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Response

from engine.french import weight
from renderers.pages import Deposit
from web import answers
from web.answers import AnyRequest
from web.authors import drafts_of
from web.failures import NotFound
from web.release import Folders
from web.services.depositing import Copy


def deposit_of(
    request: AnyRequest, find: Callable[[Folders], Copy], action: str, refused: tuple[str, ...] = ()
) -> Deposit | None:
    """Tell of a working copy; None on a site without any. `refused`: why a file was not taken."""
    if answers.site(request).drafts is None:
        return None
    copy = find(drafts_of(request).folders())
    return Deposit(action, copy.content, weight(len(copy.raw)), refused)


def given(copy: Copy) -> Response[bytes]:
    """Give a working copy to keep; NotFound where there is none."""
    if not copy.raw:
        raise NotFound
    headers = {"content-disposition": f'attachment; filename="{copy.name}.json"'}
    return Response(copy.raw, media_type="application/json", headers=headers)
