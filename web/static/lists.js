// A long list answers as one types; what is picked there stays in place, as it is.
let timer;
document.addEventListener("input", ({ target }) => {
  if (target.dataset.search === undefined) return;
  clearTimeout(timer);
  timer = setTimeout(search, 300, target);
});
const first = document.activeElement; // what was typed before this file came
if (first?.dataset.search !== undefined && first.value !== first.defaultValue) search(first);

async function search(input) {
  const zone = document.getElementById(input.id.replace(/-mots$/, "-trouve"));
  const words = input.value;
  const picked = [...zone.querySelectorAll(":scope > .choice > input:checked")].filter((one) => one.value);
  const query = new URLSearchParams([["mots", words], ...picked.slice(0, 100).map((one) => ["pris", one.value])]);
  const step = input.form.getAttribute("action").split("?")[0];
  const answer = await fetch(`${step}/listes/${input.dataset.search}?${query}`, {
    headers: { "HX-Request": "true" },
  }).catch(() => null);
  if (words !== input.value || !zone.isConnected || zone.contains(document.activeElement)) return;
  const told = document.getElementById(input.getAttribute("aria-describedby"));
  if (answer?.ok) show(zone, new DOMParser().parseFromString(await answer.text(), "text/html").body);
  else told.textContent = "La recherche n’a pas répondu\u202f: appuyez sur «\u00a0Chercher\u00a0».";
  document.getElementById("x-voix").textContent = document.getElementById(told.id).textContent;
}

function show(zone, fresh) {
  const kept = new Map();
  for (const one of zone.querySelectorAll(":scope > .choice > input:checked")) {
    if (one.value) kept.set(one.value, one.parentNode);
  }
  const [told, ...boxes] = [...fresh.children].map((one) => {
    const value = one.querySelector("input")?.value;
    const held = kept.get(value) ?? one;
    kept.delete(value);
    return held;
  });
  zone.replaceChildren(told, ...kept.values(), ...boxes);
}
