// Keyboard: j and k walk the notes, n writes one, l likes the open one, / searches, ? lists these. Never while typing.

const typing = (target) =>
  target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);

const walk = (step) => {
  const cards = [...document.querySelectorAll("article[data-note]")];
  if (!cards.length) return;
  const here = cards.findIndex((card) => card.contains(document.activeElement));
  const next = cards[Math.min(Math.max(here + step, 0), cards.length - 1)];
  const link = next.querySelector("a");
  link.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  next.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
};

const press = (selector) => document.querySelector(selector)?.click();

const ACTS = {
  j: () => walk(1),
  k: () => walk(-1),
  n: () => press("[data-key='n']"),
  l: () => press("[data-key='l']"),
  "/": () => {
    const box = document.getElementById("search-input");
    if (box) box.focus();
    else press("[data-key='/']");
  },
  "?": () => document.getElementById("keys-help")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
