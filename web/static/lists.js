// A long list answers as one types; what is picked there goes along, and stays in sight.
let timer;
document.addEventListener("input", ({ target }) => {
  if (target.dataset.search === undefined) return;
  clearTimeout(timer);
  timer = setTimeout(search, 300, target);
});

async function search(input) {
  const zone = document.getElementById(input.id.replace(/-mots$/, "-trouve"));
  const words = input.value;
  const query = new URLSearchParams([["mots", words]]);
  for (const one of zone.querySelectorAll(":checked")) if (one.value) query.append("pris", one.value);
  const step = input.form.getAttribute("action").split("?")[0];
  const answer = await fetch(`${step}/listes/${input.dataset.search}?${query}`, {
    headers: { "HX-Request": "true" },
  }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (words !== input.value || zone.contains(document.activeElement)) return;
  zone.replaceChildren(...fresh.childNodes);
  const told = document.getElementById(input.getAttribute("aria-describedby")).textContent;
  document.getElementById("x-voix").textContent = told;
}
