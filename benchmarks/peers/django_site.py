"""Django's side of a POST: session, CSRF token, validation, redirection."""

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
    if "who" not in request.session:
        return HttpResponse(status=403)
    step, people = by_django.Step(request.POST), by_django.People(request.POST)
    step.is_valid(), people.is_valid()
    SAVED["one"] = {**step.cleaned_data, "participants": [one.cleaned_data for one in people]}
    return HttpResponseRedirect("/")


urlpatterns = [path("", page), path("save", save)]
