// Automatic saves, character counters, small comforts. Every page works without this file.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const isText = (node) => Boolean(node?.matches("textarea, input:not([type=checkbox], [type=radio])"));
  const number = (n) => n.toLocaleString("fr-FR");
  let form = byId("saisie");

  // htmx reads this once the page is there, after this file.
  if (window.htmx) {
    Object.assign(htmx.config, {
      allowEval: false,
      allowScriptTags: false,
      includeIndicatorStyles: false,
      selfRequestsOnly: true,
      historyEnabled: false,
      historyCacheSize: 0,
      timeout: 20000,
    });
  }

  // --- every page: one press is one submission; an address opens the folds around its target; print ----

  let leaving = false;
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    const pressed = event.target;
    if (pressed.dataset.sent) return event.preventDefault();
    pressed.dataset.sent = "1";
    leaving = pressed === form;
    setTimeout(() => {
      delete pressed.dataset.sent;
      leaving = false;
    }, 4000);
  });

  function openAround(node) {
    for (let fold = node?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }
  function follow() {
    const target = byId(location.hash.slice(1));
    if (!target) return;
    openAround(target);
    target.focus();
  }
  window.addEventListener("hashchange", follow);
  if (location.hash) follow();

  // Addresses that `move` put in the history hold no page of their own.
  let shown = location.pathname + location.search;
  window.addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown) location.reload();
  });

  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open], .help)")) {
      fold.open = true;
      window.addEventListener("afterprint", () => (fold.open = false), { once: true });
    }
  });

  // A long text is seen whole above the action bar, not only its first line.
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("textarea")) target.scrollIntoView({ block: "nearest" });
    if (target.dataset.script) import(target.dataset.script);
  });

  // --- counters (renderers/french.py says the same) ----------------------------------------------

  let speech;
  function count(area) {
    const max = Number(area.dataset.max);
    const line = byId(`${area.id}-compte`);
    if (!max || !line) return;
    const length = [...area.value].length;
    const unit = length > 1 ? "caractères" : "caractère";
    const rest = max - length;
    if (!length) line.textContent = `${number(max)} caractères au maximum`;
    else if (rest < 0) line.textContent = `${number(length)} ${unit}\u00a0: retirez-en ${number(-rest)}`;
    else line.textContent = `${number(length)} ${unit} sur ${number(max)} – il en reste ${number(rest)}`;
    line.classList.toggle("excess", rest < 0);
    clearTimeout(speech);
    if (rest < 100) speech = setTimeout(() => byId("x-voix")?.replaceChildren(line.textContent), 1200);
  }
  document.addEventListener("input", (event) => count(event.target));

  // --- files: one that is too large is not sent -------------------------------------------------

  document.addEventListener("change", ({ target }) => {
    if (!target.matches("input[type=file][data-most]")) return;
    const over = [...target.files].some((one) => one.size > Number(target.dataset.most));
    byId(target.id.replace(/-choix$/, "-gros")).hidden = !over;
    if (over) target.value = "";
  });

  // --- small lists: a pick shows what it opens at once, out of what came with the page ---------------
  // (renderers/controls.py says the same of tallies and notes)

  const inside = (fold, what) => fold.querySelector(`.in > ${what}`);
  const chosen = (cascade) => [...cascade.querySelectorAll(".pick select")];
  function openBranch(cascade, select) {
    const fold = select.closest("details");
    const found = [...cascade.querySelectorAll("template")].find((one) => one.dataset.branch === select.value);
    const fresh = found?.content.cloneNode(true);
    inside(fold, "fieldset")?.remove();
    inside(fold, ".help").hidden = !fresh;
    if (!fresh) return;
    const slot = chosen(cascade).indexOf(select) + 1;
    for (const node of fresh.querySelectorAll("*")) {
      for (const one of node.attributes) if (one.value.includes("§")) one.value = one.value.replaceAll("§", slot);
    }
    inside(fold, ".pick").after(fresh);
  }
  function recount(cascade) {
    const selects = chosen(cascade);
    for (const select of selects) {
      const fold = select.closest("details");
      const ticks = [...fold.querySelectorAll("fieldset input:checked")];
      const count = ticks.filter((one) => !one.matches("input:not(:checked) ~ .reveal *")).length;
      const told = count ? `${count} coché${count > 1 ? "s" : ""}` : select.value ? "Rien de coché" : "Vide";
      fold.querySelector(".meta").textContent = told;
      for (const option of select.options) {
        const at = selects.findLastIndex((one) => one !== select && one.value && one.value === option.value);
        const note = at < 0 ? "" : ` (déjà choisi au n°\u00a0${at + 1})`;
        const text = option.text.replace(/ \(déjà choisi.*/, "") + note;
        if (option.text !== text) option.text = text; // each writing lays the page out anew
      }
    }
  }
  document.addEventListener("change", ({ target }) => {
    const cascade = target.closest(".cascade");
    if (!cascade?.querySelector("template")) return;
    if (target.matches(".pick select")) openBranch(cascade, target);
    recount(cascade);
  });

  // --- a step: what follows is done anew for each one that takes its place in the page ------------

  if (!form) return;
  if (form.hasAttribute("data-live") && window.htmx) {
    document.documentElement.classList.add("js");
    fill();
  } else {
    const status = byId("etat");
    form.addEventListener("input", () => (status.textContent = status.dataset.unsaved), { once: true });
  }

  function fill() {
    const status = byId("etat");
    const life = new AbortController();
    const on = (target, kind, act) => target.addEventListener(kind, act, { signal: life.signal });

    // --- automatic saves ----------------------------------------------------------------------------
    // Each edit has a number. A save carries the edits up to `sent`; a region edited since, or in which
    // someone types, is not replaced but asked for again (`_again`) with the next save.

    let edits = 0;
    let sent = 0;
    let saved = 0;
    let timer;
    let slow;
    let pressing = false;
    let plainly = false;
    let asked = [];
    const stamps = new WeakMap();
    const owed = new Set();
    const dirty = () => edits > saved;

    function save() {
      clearTimeout(timer);
      htmx.trigger(form, "canevas:save");
    }
    function saveIn(milliseconds) {
      clearTimeout(timer);
      timer = setTimeout(save, milliseconds);
    }
    function edited(event) {
      if (!event.target.name || event.target.name.startsWith("_")) return;
      stamps.set(event.target, (edits += 1));
      saveIn(1000);
    }
    form.addEventListener("input", edited);
    form.addEventListener("change", (event) => {
      if (!isText(event.target)) edited(event);
      if ("drives" in event.target.dataset) saveIn(0);
    });
    const chosenFiles = () => [...form.querySelectorAll("input[type=file]")];
    form.addEventListener("focusout", () => owed.size && saveIn(50));
    // Enter presses the hidden first button: save without leaving the place.
    form.addEventListener("submit", (event) => {
      if (plainly || chosenFiles().some((one) => one.files.length && event.submitter?.tabIndex >= 0)) return;
      const within = /^(suivant|retour|aller|onglet|ajouter|retirer|chercher)\b/.test(event.submitter?.value);
      if (!(event.submitter?.tabIndex < 0) && !offline && !within) return;
      event.preventDefault();
      if (within && !offline) move(event.submitter);
      else again();
    });
    on(document, "pointerdown", () => (pressing = true));
    // What was not replaced under the mouse is asked for now.
    function released() {
      pressing = false;
      if (owed.size) saveIn(50);
    }
    for (const end of ["pointerup", "pointercancel"]) {
      on(document, end, () => setTimeout(released));
    }

    form.addEventListener("htmx:configRequest", (event) => {
      const { detail } = event;
      if (leaving || life.signal.aborted) return event.preventDefault();
      sent = edits;
      asked = [...owed];
      owed.clear();
      detail.parameters._do = "auto";
      for (const one of chosenFiles()) delete detail.parameters[one.name]; // files go with a press only
      detail.parameters._again = asked.join(" ");
      detail.headers["X-CSRF-Token"] = byId("x-csrf").value;
    });
    form.addEventListener("htmx:beforeRequest", () => {
      clearTimeout(slow);
      slow = setTimeout(() => (status.textContent = status.dataset.busy), 800);
    });

    on(document, "htmx:oobBeforeSwap", (event) => {
      const { target, fragment } = event.detail;
      const focus = target.contains(document.activeElement) && document.activeElement;
      const held = focus && (isText(focus) || !focus.id);
      if (target === status) {
        event.detail.shouldSwap = trouble > 0 || status.textContent.trim() !== fragment.textContent.trim();
      } else if (target.id === "x-avis") {
        event.detail.shouldSwap = target.textContent.trim() !== fragment.textContent.trim();
      } else if (form.contains(target) && target.tagName === "DIV") {
        const changed = [...target.querySelectorAll("input, select, textarea")].some((one) => stamps.get(one) > sent);
        event.detail.shouldSwap = !(changed || held || (pressing && target.matches(":hover")));
        if (event.detail.shouldSwap) keepFolds(target, fragment);
        else owed.add(target.id);
      } else if (target.id === "etapes") keepFolds(target, fragment);
      else if (held) event.detail.shouldSwap = target.tagName === "INPUT";
    });
    // A fold stays as the person left it.
    function keepFolds(target, fragment) {
      for (const fold of target.querySelectorAll("details[id]")) {
        const fresh = fragment.querySelector(`#${CSS.escape(fold.id)}`);
        if (fresh) fresh.open = fold.open;
      }
    }

    // --- failures -------------------------------------------------------------------------------------

    const failed = byId("x-panne");
    const expired = byId("x-expiree");
    const WAITS = [5, 20, 60];
    let trouble = 0;
    let offline = false;
    let renewed = false;
    let retry;

    function show(note, first) {
      for (const one of [failed, expired]) one.hidden = one !== note;
      status.textContent = "";
      if (first && !isText(document.activeElement)) note.focus();
    }
    function fail(cause) {
      const wait = WAITS[Math.min(trouble, WAITS.length - 1)];
      failed.querySelector("[data-cause]").textContent = cause;
      failed.querySelector("[data-wait]").textContent = wait;
      show(failed, !trouble);
      trouble += 1;
      clearTimeout(retry);
      retry = setTimeout(save, wait * 1000);
    }
    function succeed() {
      saved = sent;
      offline = renewed = false;
      if (!trouble) return;
      const inside = failed.contains(document.activeElement) || expired.contains(document.activeElement);
      const time = status.textContent.match(/\d+\sh\s\d+/)?.[0];
      trouble = 0;
      clearTimeout(retry);
      for (const one of [failed, expired]) one.hidden = true;
      status.textContent = status.dataset.done + (time ? ` (${time})` : "");
      if (inside) status.focus();
    }
    // After a new sign-in in another tab the page needs that session's token, and the same person.
    async function renew() {
      const answer = await fetch(location.href).catch(() => null);
      const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
      const token = page.getElementById("x-csrf");
      const same = page.body.dataset.user === document.body.dataset.user;
      expired.querySelector("[data-other]").hidden = !token || same;
      if (!token || !same) return false;
      byId("x-csrf").value = token.value;
      save();
      return true;
    }
    const again = () => (expired.hidden ? save() : renew());

    form.addEventListener("htmx:afterRequest", async ({ detail: { xhr, successful } }) => {
      clearTimeout(slow);
      if (xhr.getResponseHeader("HX-Redirect")) leaving = true;
      if (leaving) return;
      if (successful && xhr.responseText.includes("x-revision")) return succeed();
      for (const id of asked) owed.add(id);
      const headers = new Headers(["X-Canevas", "Content-Type"].map((name) => [name, xhr.getResponseHeader(name) ?? ""]));
      refused(xhr.status ? { status: xhr.status, headers } : null, xhr.responseText);
    });
    async function refused(answer, text) {
      offline = !answer;
      if (answer?.headers.get("X-Canevas") === "expired") return show(expired, !trouble++);
      const stale = answer?.status === 403 && !renewed;
      renewed = renewed || stale;
      if (stale && (await renew())) return;
      const said = answer?.headers.get("Content-Type")?.startsWith("text/plain") && text;
      fail(said ? said.slice(0, 300) : failed.dataset[offline ? "network" : "server"]);
    }
    for (const button of form.querySelectorAll("[data-retry]")) button.addEventListener("click", again);
    for (const back of ["online", "focus"]) on(window, back, () => trouble && again());

    // --- moving: one trip saves and brings what comes next, where a browser without script makes two ---

    async function move(button) {
      if (leaving) return;
      leaving = true;
      clearTimeout(timer);
      htmx.trigger(form, "htmx:abort"); // what it would have put in place belongs to this step
      const body = new URLSearchParams(new FormData(form, button));
      form.inert = true; // what is typed now would be lost
      status.textContent = status.dataset.busy;
      const headers = { "HX-Request": "true", "X-CSRF-Token": byId("x-csrf").value };
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers }).catch(() => null);
      const text = await answer?.text().catch(() => null);
      const away = answer?.headers.get("HX-Redirect");
      if (away) return location.assign(away);
      const page = new DOMParser().parseFromString(text ?? "", "text/html");
      if (page.getElementById("saisie")) return arrive(page, answer.headers.get("HX-Push-Url"));
      if (answer?.status === 401) return submitPlainly(button);
      leaving = form.inert = false;
      button.focus();
      refused(answer, text);
    }
    // After the end of a session, a post of the whole page is kept until its author has signed in.
    function submitPlainly(button) {
      plainly = true;
      form.inert = false;
      form.requestSubmit(button);
    }
    function arrive(page, address) {
      life.abort();
      for (const one of [timer, slow, retry]) clearTimeout(one);
      leaving = false;
      document.title = page.title;
      byId("contenu").replaceWith(document.adoptNode(page.getElementById("contenu")));
      form = byId("saisie");
      htmx.process(form);
      if (address) history.pushState(null, "", address);
      else history.replaceState(null, "", location.href);
      shown = location.pathname + location.search;
      fill();
      const target = document.querySelector("#contenu [autofocus]") ?? (address && byId(location.hash.slice(1)));
      const heading = document.querySelector("#contenu h1");
      heading.tabIndex = -1; // said aloud, as the title of a new page is
      if (!target) scrollTo(0, 0);
      openAround(target);
      (target || heading).focus();
    }

    // --- leaving: what is not saved yet goes with the page --------------------------------------------

    on(document, "visibilitychange", () => {
      if (document.hidden && dirty() && !trouble && !leaving) save();
    });
    on(window, "pageshow", () => (leaving = false));
    on(window, "pagehide", () => {
      if (leaving || !dirty()) return;
      leaving = true;
      const body = new URLSearchParams(new FormData(form));
      body.set("_do", "auto");
      const headers = { "HX-Request": "true", "X-CSRF-Token": byId("x-csrf").value };
      fetch(form.getAttribute("action"), { method: "POST", body, headers, keepalive: true }).catch(() => {});
    });
    on(window, "beforeunload", (event) => !leaving && trouble && dirty() && event.preventDefault());
  }
})();
