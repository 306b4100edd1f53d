// Words outlive the network: each change is kept on this device until the server has it.
// Nothing newer is written over unasked: the server refuses words whose editor has not seen what is there.

const form = document.getElementById("editor");
const kept = document.getElementById("kept");
const PREFIX = "meadow.draft.";
const DAYS_KEPT = 30;
const RETRY_MS = 15_000;
const { note, person, window: editor, writtenIn } = kept.dataset;
const key = PREFIX + note;
const field = (name) => form.elements.namedItem(name);
const base = () => document.getElementById("words-base");
const state = document.getElementById("save-state");
let typed = 0;
let sent = 0;
let isNew = "new" in kept.dataset;
let waiting = 0;
// A button has sent everything: a save beside it would race it to the same note, and be refused.
let isLeaving = false;

// A browser may refuse storage altogether: then there is nothing to keep words in, and all else works.
const store = (act) => {
  try {
    return act(window.localStorage);
  } catch {
    return null;
  }
};
const copies = () =>
  store((box) =>
    Object.keys(box)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => ({ name, ...JSON.parse(box.getItem(name)) })),
  ) ?? [];

const words = () => ({ title: field("title").value, body: field("body").value });
const keep = () =>
  store((box) =>
    box.setItem(key, JSON.stringify({ ...words(), person, isNew, base: base().value, window: editor, at: Date.now() })),
  );
const forget = (name = key) => store((box) => box.removeItem(name));

const say = (what, ...acts) => {
  kept.hidden = !what;
  for (const one of kept.querySelectorAll("[data-kept-said]")) one.hidden = one.dataset.keptSaid !== what;
  for (const one of kept.querySelectorAll("[data-kept-act]")) one.hidden = !acts.includes(one.dataset.keptAct);
};
const autosaves = () => form.hasAttribute("hx-post");
const retry = () => autosaves() && window.htmx?.trigger(form, "meadow:retry");
// htmx takes the form up when the page is complete: what is restored before that is saved then.
const saveSoon = () => (document.readyState === "complete" ? retry() : window.addEventListener("load", retry, { once: true }));
const restore = (copy) => {
  field("title").value = copy.title;
  field("body").value = copy.body;
  typed += 1;
  keep();
  for (const one of [field("title"), field("body")]) one.dispatchEvent(new Event("input", { bubbles: true }));
};

let offered = null;
const begin = () => {
  // The server has what these editors sent with a button: it said so in a cookie.
  const arrived = /(?:^|; )meadow_arrived=([^;]*)/.exec(document.cookie)?.[1].split(".") ?? [];
  const tooOld = Date.now() - DAYS_KEPT * 86_400_000;
  const mine = copies().filter((copy) => {
    if (copy.at >= tooOld && !arrived.includes(copy.window)) return copy.person === person;
    forget(copy.name);
    return false;
  });
  const strays = mine.filter((copy) => copy.isNew && copy.name !== key).sort((a, b) => b.at - a.at);
  const copy = mine.find((one) => one.name === key) ?? (isNew ? strays[0] : undefined);
  if (!copy) return;
  const now = words();
  if (copy.title === now.title && copy.body === now.body) return forget(copy.name);
  if (copy.name !== key) {
    forget(copy.name);
    restore(copy);
    saveSoon();
    return say("restored");
  }
  // The server still has what the copy began with, or has it from the very editor that left the copy.
  if (copy.base === base().value || (writtenIn && copy.window === writtenIn)) {
    restore(copy);
    saveSoon();
    return say("restored");
  }
  offered = { copy, mark: base().value };
  say("differs", "mine", "theirs");
};

form.addEventListener("input", (event) => {
  if (event.target !== field("title") && event.target !== field("body")) return;
  typed += 1;
  isLeaving = false;
  keep();
});

kept.addEventListener("click", (event) => {
  const act = event.target.closest("[data-kept-act]")?.dataset.keptAct;
  if (!act || !offered) return;
  if (act === "mine") {
    base().value = offered.mark;
    restore(offered.copy ?? words());
    say("");
    retry();
    offered = null;
    return;
  }
  forget();
  const inPlace = offered.copy;
  offered = null;
  say("");
  if (!inPlace) window.location.assign(`/n/${note}/edit`);
});

form.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target !== form) return;
  if (isLeaving) event.preventDefault();
  else sent = typed;
});

form.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== form) return;
  const answer = event.detail.xhr;
  if (isLeaving) {
    // It has become a draft: its copy is no longer one that a new note takes up.
    if (answer?.getResponseHeader("HX-Replace-Url")) {
      isNew = false;
      keep();
    }
    return;
  }
  if (!answer?.status || answer.status >= 500) {
    state.textContent = kept.dataset.offline;
    clearTimeout(waiting);
    waiting = setTimeout(retry, RETRY_MS);
    return;
  }
  clearTimeout(waiting);
  if (answer.status >= 400) {
    state.textContent = kept.dataset.refused;
    return;
  }
  const mark = answer.getResponseHeader("X-Newer-Words");
  if (mark) {
    offered = { copy: null, mark };
    say("differs", "mine", "theirs");
    return;
  }
  if (!answer.getResponseHeader("HX-Replace-Url")) return;
  isNew = false;
  if (sent === typed) forget();
  else keep();
});

// The site says that the network is gone in a toast; here the line beside the button says it, calmly.
form.addEventListener("htmx:sendError", (event) => {
  if (event.target === form) event.stopPropagation();
});
window.addEventListener("online", retry);
form.addEventListener("submit", (event) => {
  keep();
  if (navigator.onLine) {
    isLeaving = true;
    clearTimeout(waiting);
    return;
  }
  event.preventDefault();
  state.textContent = kept.dataset.wait;
});
// Whoever reloads gets a page that may know nothing of a save still on its way: the copy stays for it.
window.addEventListener("beforeunload", () => {
  isLeaving = true;
});
// Back from where the button led, by a browser that kept the page as it was.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) isLeaving = false;
});

begin();
