"""Django's side of a POST: session, token, validation, what is kept; a redirection, or the page again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import path

from benchmarks.peers import by_django

SAVED: dict[str, Any] = {}


def page(request: HttpRequest) -> HttpResponse:
    """Give a session and a token."""
    request.session["who"] = "bench"
    return HttpResponse(get_token(request))


def save(request: HttpRequest) -> HttpResponse:
    """Validate, keep, redirect."""
    return HttpResponse(status=403) if _saved(request) is None else HttpResponseRedirect("/")


def show(request: HttpRequest) -> HttpResponse:
    """Validate, keep, show the page again."""
    forms = _saved(request)
    if forms is None:
        return HttpResponse(status=403)
    return HttpResponse(get_token(request) + by_django.draw(*forms))


def _saved(request: HttpRequest) -> tuple[Any, Any, Any] | None:
    if "who" not in request.session:
        return None
    step, cascade, people = by_django.made(request.POST)
    if step.is_valid() and cascade.is_valid() and people.is_valid():
        kept = step.cleaned_data | cascade.cleaned_data
        SAVED["one"] = {**kept, "participants": [one.cleaned_data for one in people]}
    return step, cascade, people


urlpatterns = [path("", page), path("save", save), path("show", show)]
