// "Why am I in or out?" renews itself while it is open: the door opens without a reload. What was laid open or has
// the focus stays so, and what somebody is typing is never taken from them.

const live = document.getElementById("program-live");
const REST_MS = 1000;
let kept = null;
let resting = false;
let owed = false;

const isTyping = () => live.contains(document.activeElement) && document.activeElement.matches("input, textarea");

// At once, and then at most once a second, the last word always; a page that nobody sees waits until it is seen.
const renew = () => {
  if (resting || document.hidden || isTyping()) {
    owed = true;
    return;
  }
  owed = false;
  resting = true;
  live.dispatchEvent(new CustomEvent("program:renew"));
  setTimeout(() => {
    resting = false;
    if (owed) renew();
  }, REST_MS);
};

if (live) {
  document.addEventListener("meadow:programs.standing", renew);
  // Followers and reads move a figure long before they move the standing.
  document.addEventListener("meadow:author.figures", renew);
  document.addEventListener("meadow:note.reads", renew);
  // What changed between the drawing of this page and the first word heard.
  document.addEventListener("meadow:live", renew);
  document.addEventListener("visibilitychange", () => {
    if (owed) renew();
  });
  live.addEventListener("focusout", () => {
    if (owed) setTimeout(renew);
  });
}

const controls = () => [...live.querySelectorAll("a, summary, button, input")];

live?.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== live || !event.detail.shouldSwap) return;
  kept = {
    open: [...live.querySelectorAll("details[data-keep-open][open]")].map((one) => one.id),
    words: document.activeElement?.textContent,
    inside: live.contains(document.activeElement),
  };
});
live?.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== live || !kept) return;
  kept.open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  if (kept.inside) {
    controls()
      .find((one) => one.textContent === kept.words)
      ?.focus({ preventScroll: true });
  }
  kept = null;
});
