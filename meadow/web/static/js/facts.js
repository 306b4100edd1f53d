// Tells the server what was seen: impressions of cards; opens, reads, ends and dwell of notes; clicks, shares.
// An event holds a sealed token, a kind and times, and nothing about the person.

const ENDPOINT = "/e";
const PREFIX = "meadow.fact.";
const MOST_KEPT = 500;
const MOST_SENT = 100;
const OLDEST_MS = 24 * 3600 * 1000; // tokens live that long
const SHOWN_MS = 1000;
const READ_MS = 1000;
const SHORTEST_DWELL_MS = 500;
const LINGER_MS = 800;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
// What is once per token has one id per token: a reload or a second tab repeats it, and it counts once.
const ONCE = { impression: "i", open: "o", read: "r", complete: "c" };
const TOKEN_NONCE = [3, 18];

// --- The queue. One storage key an event: tabs add and remove without ever rewriting each other's. ---

const memory = new Map(); // where storage is refused (private windows, a full disk)

const storedKeys = () => {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
};

const keep = (event) => {
  try {
    localStorage.setItem(PREFIX + event.id, JSON.stringify(event));
  } catch {
    memory.set(event.id, event);
  }
};

const forget = (ids) => {
  for (const id of ids) {
    memory.delete(id);
    try {
      localStorage.removeItem(PREFIX + id);
    } catch {
      // Storage is refused: the event was only in memory.
    }
  }
};

const readStored = (key) => {
  try {
    const event = JSON.parse(localStorage.getItem(key));
    return event?.id && PREFIX + event.id === key ? event : null;
  } catch {
    return null;
  }
};

// All waiting events, oldest first; what is too old or too much is dropped here.
const waiting = () => {
  const events = [...memory.values()];
  const broken = [];
  for (const key of storedKeys()) {
    const event = readStored(key);
    if (event) events.push(event);
    else broken.push(key.slice(PREFIX.length));
  }
  events.sort((one, other) => one.at - other.at);
  const surplus = events.length - MOST_KEPT;
  const dropped = events.filter((event, place) => place < surplus || event.at < Date.now() - OLDEST_MS);
  forget([...broken, ...dropped.map((event) => event.id)]);
  return dropped.length ? events.filter((event) => !dropped.includes(event)) : events;
};

// --- Sending. An event leaves the queue only when the server says that it is on its disk. ---

let timer = null;
let sending = false;
let pause = 0;

const later = (ms) => {
  if (timer !== null) return;
  timer = setTimeout(() => {
    timer = null;
    send();
  }, ms);
};

const envelope = (events) => JSON.stringify({ v: 1, events });

const backOff = (answer) => {
  pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
  const asked = Number(answer?.headers.get("Retry-After")) * 1000 || 0;
  // Spread, so that a community's browsers do not all return in the same moment.
  later(Math.max(asked, pause) * (0.75 + Math.random() / 2));
};

const send = async () => {
  if (sending) return;
  const events = waiting().slice(0, MOST_SENT);
  if (!events.length) return;
  sending = true;
  let answer = null;
  try {
    answer = await fetch(ENDPOINT, {
      method: "POST",
      body: envelope(events),
      headers: { "Content-Type": "application/json" },
      credentials: "same-origin",
      keepalive: true,
    });
  } catch {
    // Offline, or the server is restarting: the events stay where they are.
  }
  sending = false;
  const refused = answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429;
  if (answer?.status === 204 || refused) {
    // What the server will never take must not stand in the way of what it would.
    forget(events.map((event) => event.id));
    pause = 0;
    if (events.length === MOST_SENT) later(0);
    else if (waiting().length) later(LINGER_MS);
  } else {
    backOff(answer);
  }
};

// The page may be gone before an answer comes: the events stay queued, and the next page sends them again.
const sendLeaving = () => {
  const events = waiting().slice(-MOST_SENT);
  if (events.length) navigator.sendBeacon(ENDPOINT, new Blob([envelope(events)], { type: "application/json" }));
};

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const randomId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
};

const told = new Set();

const tell = (kind, token, ms, { soon = false } = {}) => {
  if (!token) return;
  const id = "e" + (ONCE[kind] ? ONCE[kind] + token.slice(...TOKEN_NONCE) : randomId());
  if (told.has(id)) return;
  if (ONCE[kind]) told.add(id);
  keep({ id, k: kind, t: token, ms: Math.round(ms), at: Date.now() });
  if (pause === 0 && soon && timer !== null) {
    clearTimeout(timer);
    timer = null;
  }
  later(soon && pause === 0 ? 0 : LINGER_MS);
};

// --- Cards: half of one in view for a second, while the page itself is looked at. ---

const shown = new Map(); // card -> timer, null while the page is hidden
const HALF = 0.5;

const isVisible = () => document.visibilityState === "visible";

const startCounting = (card) => {
  if (!isVisible() || shown.get(card)) return;
  const began = performance.now();
  const finish = () => {
    const seen = performance.now() - began;
    tell("impression", card.dataset.factToken, seen);
    // Places that were seen with it: whose notes would have stood here, had they not been held back by lot.
    for (const token of (card.dataset.factAlso ?? "").split(" ")) tell("impression", token, seen);
    shown.delete(card);
    cards.unobserve(card);
  };
  shown.set(card, setTimeout(finish, SHOWN_MS));
};

const stopCounting = (card) => {
  clearTimeout(shown.get(card));
  shown.delete(card);
};

const onIntersect = (entries) => {
  for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
    // A card taller than the window can never have half of itself in view.
    const fills = rootBounds && intersectionRect.height >= rootBounds.height * HALF;
    if (isIntersecting && (intersectionRatio >= HALF || fills)) startCounting(target);
    else stopCounting(target);
  }
};

const cards = new IntersectionObserver(onIntersect, { threshold: [0, 0.25, HALF, 0.75, 1] });

const watchCards = (root) => {
  const found = root.matches?.("[data-fact-token]") ? [root] : root.querySelectorAll("[data-fact-token]");
  for (const card of found) cards.observe(card);
};

const onFollow = (event) => {
  if (event.type === "auxclick" && event.button !== 1) return;
  const card = event.target.closest?.("a, button")?.closest("[data-fact-token]");
  if (card) tell("click", card.dataset.factToken, 0);
};

// --- Notes: opened when seen, read after a second, completed when their ends were seen, dwelt on until hidden. ---

// A note's ends are its last photo and the end of its words: [data-note-end], as many as it has. A video
// ("video") ends when js/player.js says that it was watched to its end; having it in view is not enough.
const onWatched = (event) => {
  for (const view of notes.values()) if (view.unseen.delete(event.target)) view.checkEnds();
};

const isSeen = (end) => end.dataset.noteEnd !== "video";

const onEnds = (entries) => {
  for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
    const fills = rootBounds && intersectionRect.height >= rootBounds.height * HALF;
    if (!isVisible() || !isIntersecting || (intersectionRatio < HALF && !fills)) continue;
    ends.unobserve(target);
    for (const view of notes.values()) if (view.unseen.delete(target)) view.checkEnds();
  }
};

const ends = new IntersectionObserver(onEnds, { threshold: [0, 0.25, HALF, 0.75, 1] });

class NoteView {
  constructor(element) {
    this.element = element;
    this.token = element.dataset.noteToken;
    this.unseen = new Set(element.querySelectorAll("[data-note-end]"));
    this.hasEnds = this.unseen.size > 0;
    this.before = 0; // visible ms of earlier stretches
    this.since = null;
    this.untold = 0;
    this.timer = null;
    this.resume();
  }

  visibleMs() {
    return this.before + (this.since === null ? 0 : performance.now() - this.since);
  }

  resume() {
    if (this.since !== null || !isVisible()) return;
    this.since = performance.now();
    tell("open", this.token, 0);
    // Observing anew reports again which ends are in view.
    for (const end of [...this.unseen].filter(isSeen)) {
      ends.unobserve(end);
      ends.observe(end);
    }
    if (this.before >= READ_MS) return;
    this.timer = setTimeout(() => {
      tell("read", this.token, this.visibleMs(), { soon: true });
      this.checkEnds();
    }, READ_MS - this.before);
  }

  checkEnds() {
    // A timer of a second may end a hair before this clock has shown one.
    const seen = Math.round(this.visibleMs());
    if (this.hasEnds && !this.unseen.size && seen >= READ_MS) tell("complete", this.token, seen);
  }

  suspend() {
    clearTimeout(this.timer);
    if (this.since === null) return;
    const stretch = performance.now() - this.since;
    this.before += stretch;
    this.untold += stretch;
    this.since = null;
    if (this.untold < SHORTEST_DWELL_MS) return;
    tell("dwell", this.token, this.untold);
    this.untold = 0;
  }
}

const notes = new Map();

const watchNotes = (root) => {
  const found = root.matches?.("[data-note-token]") ? [root] : root.querySelectorAll("[data-note-token]");
  for (const element of found) if (!notes.has(element)) notes.set(element, new NoteView(element));
};

// js/share.js says so once a link was handed on.
const onShared = (event) => {
  const note = event.target.closest?.("[data-note-token]");
  if (note) tell("share", note.dataset.noteToken, 0);
};

const dropGone = () => {
  for (const [element, view] of notes) {
    if (element.isConnected) continue;
    view.suspend();
    for (const end of view.unseen) ends.unobserve(end);
    notes.delete(element);
  }
  for (const card of shown.keys()) if (!card.isConnected) stopCounting(card);
};

// --- The page's own life. ---

const watch = (root) => {
  watchCards(root);
  watchNotes(root);
};

const onHidden = () => {
  for (const card of [...shown.keys()]) stopCounting(card);
  for (const view of notes.values()) view.suspend();
  sendLeaving();
};

const onVisible = () => {
  for (const view of notes.values()) view.resume();
  // Observing anew reports again which cards are in view.
  for (const card of document.querySelectorAll("[data-fact-token]")) {
    cards.unobserve(card);
    cards.observe(card);
  }
  later(0);
};

const begin = () => {
  watch(document);
  new MutationObserver((changes) => {
    for (const { addedNodes, removedNodes } of changes) {
      for (const node of addedNodes) if (node instanceof Element) watch(node);
      if (removedNodes.length) dropGone();
    }
  }).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", onFollow, { capture: true });
  document.addEventListener("auxclick", onFollow, { capture: true });
  document.addEventListener("meadow:shared", onShared);
  document.addEventListener("meadow:watched", onWatched);
  document.addEventListener("visibilitychange", () => (isVisible() ? onVisible() : onHidden()));
  addEventListener("pagehide", onHidden);
  addEventListener("online", () => {
    pause = 0;
    later(0);
  });
  later(0); // what an earlier page could not deliver
};

// A page rendered ahead of a click that may never come has not been seen.
if (document.prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
else begin();
