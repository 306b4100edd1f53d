// Realtime: one subscribe-only connection to NATS; each message becomes a DOM event on the document.
//
// A message of kind "note.reads" is dispatched as `meadow:note.reads` with the payload as `detail`. A page refetches
// what it shows and never trusts the payload:
//   <div hx-get="/n/…/reads" hx-trigger="meadow:note.reads from:document" hx-swap="innerHTML">
// data-live="note.reads" on such an element also refetches it when the connection comes back after a gap, because
// what happened in the gap was not heard. `meadow:live` and `meadow:away` tell whether anything is heard at all.

import { connect, jwtAuthenticator } from "../vendor/nats/nats.js";

const EARLY_MS = 60_000; // fresh credentials this long before the old ones run out
const SLOWEST_MS = 30_000;
const STEADY_MS = 10_000; // a connection that lived this long was a good one
const PATIENCE_MS = 5 * 60_000; // a hidden page lets go after this long

let connection = null;
let wanted = true;
let failures = 0;
let missed = false;
let hideTimer = 0;
let renewTimer = 0;
let running = false;

const tell = (name, detail = null) => document.dispatchEvent(new CustomEvent(name, { detail }));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const csrfToken = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

const fetchCredentials = async () => {
  const answer = await fetch("/realtime/credentials", {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
  });
  if (answer.status === 401 || answer.status === 403) {
    wanted = false; // signed out elsewhere: nothing more is for this page
    return null;
  }
  if (!answer.ok) throw new Error(`credentials: ${answer.status}`);
  return answer.json();
};

// The last tokens of a subject are the kind: person.<channel>.<epoch>.<kind>.
const kindOf = (subject) => subject.split(".").slice(3).join(".");

const listen = (nats, subject) => {
  nats.subscribe(subject, {
    callback: (error, message) => {
      if (error) return;
      let payload = null;
      try {
        payload = message.json();
      } catch {
        return; // not one of ours: a page refetches on the next message anyway
      }
      tell(`meadow:${kindOf(message.subject)}`, payload);
    },
  });
};

const refetchWhatWasMissed = () => {
  const kinds = [...document.querySelectorAll("[data-live]")].map((one) => one.dataset.live);
  new Set(kinds).forEach((kind) => tell(`meadow:${kind}`));
};

const runOnce = async () => {
  const credentials = await fetchCredentials();
  if (!credentials) return;
  const nats = await connect({
    servers: [credentials.url],
    authenticator: jwtAuthenticator(credentials.jwt),
    reconnect: false, // old credentials would be refused: every reconnection fetches its own
    ignoreClusterUpdates: true,
    timeout: 5000,
  });
  connection = nats;
  const since = Date.now();
  credentials.subjects.forEach((subject) => listen(nats, subject));
  await nats.flush();
  document.documentElement.dataset.live = "on";
  tell("meadow:live");
  if (missed) refetchWhatWasMissed();
  const left = new Date(credentials.expires_at).getTime() - Date.now();
  renewTimer = setTimeout(() => nats.close(), Math.max(left - EARLY_MS, 10_000));
  await nats.closed();
  clearTimeout(renewTimer);
  connection = null;
  missed = true;
  failures = Date.now() - since > STEADY_MS ? 0 : failures + 1;
};

const run = async () => {
  if (running) return;
  running = true;
  while (wanted) {
    try {
      await runOnce();
    } catch {
      failures += 1; // the web process or NATS is away: the page stays usable, and we try again
    }
    delete document.documentElement.dataset.live;
    if (!wanted) break;
    tell("meadow:away");
    // Never at once and never all together: everybody is cut off in the same moment when NATS restarts.
    const longest = Math.min(500 * 2 ** failures, SLOWEST_MS);
    await pause(longest / 2 + (Math.random() * longest) / 2);
  }
  running = false;
};

document.addEventListener("visibilitychange", () => {
  clearTimeout(hideTimer);
  if (document.hidden) {
    hideTimer = setTimeout(() => {
      wanted = false;
      connection?.close();
    }, PATIENCE_MS);
  } else if (!wanted) {
    wanted = true;
    missed = true;
    run();
  }
});

// Scripts of the page run before that, however late they come: what listens to `meadow:live` does not miss it.
if (document.readyState === "complete") run();
else document.addEventListener("DOMContentLoaded", run);
