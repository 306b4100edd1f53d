// A note in a frame on another site: tells that it was opened and read, and nothing else. No cookie goes with it and
// nothing is kept; what does not arrive is not counted. The words are those of facts.js.

const SHOWN_MS = 1000;
const HALF = 0.5;
const TOKEN_NONCE = [3, 18];
const token = document.querySelector("[data-note-token]").dataset.noteToken;
let inView = false;
let before = 0; // visible ms of earlier stretches
let since = null;
let timer = null;
const told = new Set();

const tell = (kind, ms) => {
  if (told.has(kind)) return;
  told.add(kind);
  const id = `e${kind[0]}${token.slice(...TOKEN_NONCE)}`;
  fetch("/e", {
    method: "POST",
    body: JSON.stringify({ v: 1, events: [{ id, k: kind, t: token, ms: Math.round(ms), at: Date.now() }] }),
    headers: { "Content-Type": "application/json" },
    credentials: "omit",
    keepalive: true,
  }).catch(() => {});
};

// A frame below the fold is open and seen by nobody: half of the note, or half a window of it, has to be in view.
const follow = () => {
  const seen = inView && document.visibilityState === "visible";
  if (seen === (since !== null)) return;
  if (seen) {
    since = performance.now();
    tell("open", 0);
    timer = setTimeout(() => tell("read", before + performance.now() - since), Math.max(0, SHOWN_MS - before));
  } else {
    clearTimeout(timer);
    before += performance.now() - since;
    since = null;
  }
};

new IntersectionObserver(
  (entries) => {
    const { isIntersecting, intersectionRatio, intersectionRect, rootBounds } = entries.at(-1);
    const fills = rootBounds && intersectionRect.height >= rootBounds.height * HALF;
    inView = isIntersecting && (intersectionRatio >= HALF || Boolean(fills));
    follow();
  },
  { threshold: [0, 0.25, HALF, 0.75, 1] },
).observe(document.querySelector("[data-note-token]"));
document.addEventListener("visibilitychange", follow);
