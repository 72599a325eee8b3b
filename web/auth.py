"""Signing in and out, and giving back what an expired session posted: thin handlers."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from engine.french import clock
from renderers.pages import LoginPage, ResumePage
from web import accounts, answers, once, parking, security, sessions
from web.accounts import Account, Denied
from web.answers import AnyRequest
from web.body import first
from web.gate import RESUME, SIGN_IN
from web.limits import Wait
from web.site import Call, Site

CLEARED = '"cache", "storage"'
KEPT = "Votre session a expiré. Votre saisie est gardée une heure : connectez-vous pour la retrouver."
OUTCOMES = {Account: "ok", Denied: "denied", Wait: "wait"}
GONE = "Vous êtes déconnecté."


@get(SIGN_IN, sync_to_thread=False)
def show_sign_in(request: AnyRequest) -> Response[str]:
    """Show the sign-in form; whoever is signed in goes on."""
    call = answers.call(request)
    after = security.safe_address(first(call.query, "suite"))
    if call.session:
        return answers.redirect(request, after)
    kept = after.startswith(f"{RESUME}/")
    flash = KEPT if kept else GONE if ("sortie", "1") in call.query else ""
    call = replace(call, flash=(flash, "info" if kept else "good"))
    return _form(request, call, LoginPage("", "", after, answers.site(request).demo_accounts))


@post(SIGN_IN, sync_to_thread=False)
def sign_in(request: AnyRequest) -> Response[str]:
    """Check a login and a password; answer with a new session under a new token."""
    site, call = answers.site(request), answers.call(request)
    login, after = first(call.pairs, "login"), security.safe_address(first(call.pairs, "next"))
    outcome = _verify(site, call, login)
    if isinstance(outcome, Account):
        return _open(request, outcome, after)
    status = 429 if isinstance(outcome, Wait) else 422
    screen = LoginPage(login[: accounts.MAX_LOGIN], _sentence(outcome), after, site.demo_accounts)
    return _form(request, call, screen, status)


@post("/deconnexion", sync_to_thread=False)
def sign_out(request: AnyRequest) -> Response[str]:
    """End the session, and leave nothing of it in the browser."""
    site, call = answers.site(request), answers.call(request)
    sessions.end(site.store, call.token, site.clock())
    site.log.info("sign-out", request=call.id)
    answer = answers.redirect(request, f"{SIGN_IN}?{urlencode({'sortie': 1})}")
    answers.add_cookie(answer, security.SESSION_COOKIE, "", https=site.settings.https, seconds=0)
    answer.set_header("clear-site-data", CLEARED)
    return answer


@get(RESUME + "/{ticket:str}", sync_to_thread=False)
def show_parked(request: AnyRequest, ticket: FromPath[str]) -> Response[str]:
    """Show that a late post was kept, with one button that sends it again."""
    site, call = answers.site(request), answers.call(request)
    parked = parking.fetch(site.store, ticket, person=call.person, now=site.clock())
    return answers.page(
        request,
        ResumePage(
            title=f"Votre saisie du {clock(parked.at)} a été gardée",
            text="Elle a été envoyée après la fin de votre session : elle n'est pas encore enregistrée. "
            "Si le contenu a changé entre-temps, vous pourrez choisir entre les deux versions.",
            action=parked.url,
            pairs=tuple(parked.pairs),
            submit="Enregistrer cette saisie",
        ),
    )


def _verify(site: Site, call: Call, login: str) -> Account | Denied | Wait:
    outcome = accounts.sign_in(
        site.store,
        site.passwords,
        site.limits,
        login=login,
        password=first(call.pairs, "password"),
        address=call.address,
        now=site.clock,
    )
    site.log.info("sign-in", request=call.id, outcome=OUTCOMES[type(outcome)])
    return outcome


def _open(request: AnyRequest, account: Account, after: str) -> Response[str]:
    """Start a session, end the one that it replaces, and sweep what is of no use any more."""
    site, call = answers.site(request), answers.call(request)
    now = site.clock()
    token, _ = sessions.start(site.store, site.rng, login=account.login, person=account.person, now=now)
    sessions.retire(site.store, call.token, now)
    sessions.sweep(site.store, now)
    parking.sweep_late(site.store, now)
    once.sweep(site.store, now)
    answer = answers.redirect(request, after)
    answers.add_cookie(answer, security.SESSION_COOKIE, token, https=site.settings.https)
    answers.add_cookie(answer, security.VISIT_COOKIE, "", https=site.settings.https, seconds=0)
    return answer


def _form(request: AnyRequest, call: Call, screen: LoginPage, status: int = 200) -> Response[str]:
    """Draw the sign-in page, with the visit cookie that its token is made of."""
    site = answers.site(request)
    visit = call.visit or site.rng.token_urlsafe(32)
    around = answers.frame(site, replace(call, csrf=security.visit_token(visit)))
    answer = answers.html(site.render(screen, around), status)
    if not call.visit:
        answers.add_cookie(answer, security.VISIT_COOKIE, visit, https=site.settings.https)
    return answer


def _sentence(outcome: Denied | Wait) -> str:
    """Say why, and how long (the interface's message n° 14)."""
    if isinstance(outcome, Wait):
        return f"Trop d'essais sans succès. Attendez {clock(outcome.until)} pour recommencer."
    wrong = "Identifiant ou mot de passe incorrect."
    if outcome.left == 0:
        return f"{wrong} C'était le dernier essai : attendez {clock(outcome.until)} pour recommencer."
    tries = "1 essai" if outcome.left == 1 else f"{outcome.left} essais"
    return f"{wrong} Vérifiez la touche Majuscules ; il reste {tries} avant 15 minutes d'attente."


ROUTES: list[ControllerRouterHandler] = [show_sign_in, sign_in, sign_out, show_parked]
