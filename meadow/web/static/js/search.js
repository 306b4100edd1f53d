// The search box: suggestions while one types, chosen by the arrows or a press. Without it the form is a form.

const form = document.querySelector("[data-search]");
const input = form.querySelector("input");
const list = form.querySelector("[role='listbox']");
const DELAY_MS = 120;
let timer = 0;
let asked = 0;
let typed = input.value;

const options = () => [...list.querySelectorAll("[role='option']")];
const chosen = () => list.querySelector("[aria-selected='true']");

const close = () => {
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
};

const show = (html) => {
  list.innerHTML = html;
  const any = options().length > 0;
  list.hidden = !any;
  input.setAttribute("aria-expanded", String(any));
  input.removeAttribute("aria-activedescendant");
};

const choose = (option) => {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
};

// The answer to an older question must not overwrite that to a newer one.
const offer = async () => {
  const mine = ++asked;
  const answer = await fetch(`/search/suggest?q=${encodeURIComponent(input.value)}`, {
    headers: { "HX-Request": "true" },
  }).catch(() => null);
  if (!answer?.ok || mine !== asked || document.activeElement !== input) return;
  show(await answer.text());
};

const step = (by) => {
  const all = options();
  if (list.hidden || !all.length) {
    offer();
    return;
  }
  const here = all.indexOf(chosen());
  // From -1, the box itself, the arrows go round.
  const next = ((here + 1 + by + all.length + 1) % (all.length + 1)) - 1;
  choose(all[next]);
};

input.addEventListener("input", (event) => {
  if (event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(offer, DELAY_MS);
});
// A word put together by an input method counts when it is whole.
input.addEventListener("compositionend", () => {
  clearTimeout(timer);
  timer = setTimeout(offer, DELAY_MS);
});
input.addEventListener("focus", () => {
  // Where a search begins, what would be offered for nothing typed stands on the page already.
  if (input.value ? input.value !== typed : !form.hasAttribute("data-quiet")) offer();
  typed = null;
});
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && chosen() && !list.hidden) {
    event.preventDefault();
    location.assign(chosen().dataset.url);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    close();
  }
});
// Pressing an option must not take the focus, or the list would close before the press is over.
list.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role='option']");
  if (option) location.assign(option.dataset.url);
});
input.addEventListener("blur", close);

// A menu of filters closes by a press beside it or by Escape, and gives the focus back.
const openMenu = () => document.querySelector("[data-chip-menu][open]");
document.addEventListener("click", (event) => {
  const menu = openMenu();
  if (menu && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = openMenu();
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
