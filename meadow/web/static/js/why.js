// The three dots of a card: why it is there and what to do about it, in a dialog over the wall.

const dialog = document.getElementById("why");
const body = document.getElementById("why-body");
let opener = null;

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.note-card-why");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  opener = link;
  window.htmx.ajax("GET", link.getAttribute("href"), { target: body, swap: "innerHTML" });
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== body) return;
  if (!dialog.open) dialog.showModal();
  body.focus({ preventScroll: true });
});

// What a reader hides leaves the wall at once, and is back when they think better of it.
const cardsOf = ({ act, note, author }) => {
  if (act.endsWith("author")) {
    const mine = `.note-card-author[href="/@${CSS.escape(author)}"]`;
    return [...document.querySelectorAll(".note-card")].filter((card) => card.querySelector(mine));
  }
  return [...document.querySelectorAll(`.note-card[data-note="${CSS.escape(note)}"]`)];
};

document.addEventListener("meadow:card", (event) => {
  const gone = event.detail.act.startsWith("hide") || event.detail.act.startsWith("less");
  for (const card of cardsOf(event.detail)) card.hidden = gone;
});

dialog.addEventListener("close", () => {
  // A card that is gone cannot take the focus back: its successor does.
  const card = opener?.closest(".note-card");
  const next = card?.hidden ? card.parentElement.querySelector(".note-card:not([hidden]) .note-card-why") : opener;
  next?.focus();
  body.replaceChildren();
});
