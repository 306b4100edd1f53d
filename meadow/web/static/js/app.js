// What every page does: toasts, popups, dialogs, counters, theme, keyboard. Pages work without it.

import "./keys.js";
import { showToast } from "./toasts.js";

export { showToast };

const each = (root, selector, act) => {
  if (root.matches?.(selector)) act(root);
  root.querySelectorAll(selector).forEach(act);
};

// Controls that only work with scripts are hidden until now.
const reveal = (root) => each(root, "[data-needs-js]", (one) => (one.hidden = false));

// Counters: <textarea data-count="id-of-counter">, <span id=… data-limit="500">. Counted in characters, as the server does.
const countInto = (field) => {
  const counter = document.getElementById(field.dataset.count);
  if (!counter) return;
  const limit = Number(counter.dataset.limit);
  const length = [...field.value.replaceAll("\r\n", "\n")].length;
  counter.textContent = `${length}/${limit}`;
  counter.classList.toggle("is-over", length > limit);
};

document.addEventListener("input", (event) => {
  if (event.target.dataset?.count) countInto(event.target);
});

// The server writes times in UTC and says so; a browser knows its reader's clock.
// data-clock="time" leaves the date out while it is today's.
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
const hours = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" });
const toReadersClock = (time) => {
  const moment = new Date(time.dateTime);
  const isToday = moment.toDateString() === new Date().toDateString();
  time.textContent = (time.dataset.clock === "time" && isToday ? hours : clock).format(moment);
};

// Hours of the day are the server's to say: a cookie tells it the zone of whoever is signed in. A page that says some,
// and went by another zone, comes anew.
const tellZone = () => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  const told = () => /(?:^|; )meadow_zone=([^;]*)/.exec(document.cookie)?.[1] ?? "UTC";
  if (told() === zone || !/^[\w+/-]{1,64}$/.test(zone)) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `meadow_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
  if (told() === zone && document.querySelector("[data-hours]")) location.reload();
};
if ("signedIn" in document.body.dataset) tellZone();

const prepare = (root) => {
  reveal(root);
  each(root, "time[data-clock]", toReadersClock);
  each(root, "[data-count]", countInto);
  // On the phone the settings' navigation and tabs scroll sideways: where one is should be in sight.
  each(root, ".side-nav [aria-current], .tabs-line [aria-current]", (one) => one.scrollIntoView({ inline: "center", block: "nearest" }));
  each(root, "[data-focus]", (one) => one.focus({ preventScroll: false }));
};

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open);
    if (dialog?.showModal) {
      event.preventDefault();
      opener.closest("[data-popup]")?.removeAttribute("open");
      dialog.showModal();
    }
  }
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
  document.querySelectorAll("details[data-popup][open]").forEach((popup) => {
    if (!popup.contains(event.target)) popup.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const popup = document.querySelector("details[data-popup][open]");
  if (!popup) return;
  popup.open = false;
  popup.querySelector("summary").focus();
});

// Theme: shown at once, saved behind. The server renders the same next time.
const THEMES = { light: "meadow", dark: "meadow-night" };
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-preferences='theme']");
  const theme = event.submitter?.value;
  if (!form || !theme) return;
  event.preventDefault();
  const root = document.documentElement;
  if (THEMES[theme]) root.dataset.theme = THEMES[theme];
  else delete root.dataset.theme;
  form.querySelectorAll("[aria-pressed]").forEach((one) => one.setAttribute("aria-pressed", String(one.value === theme)));
  const body = new FormData(form, event.submitter);
  // `keepalive`: whoever clicks a link right after must not lose the choice.
  const asked = { method: "POST", body, redirect: "manual", keepalive: true };
  const answer = await fetch(form.action, asked).catch(() => null);
  if (!answer || answer.status >= 400) showToast({ level: "error", words: answer ? "fault" : "offline" });
});

// htmx: a refusal arrives as a toast aimed at #toasts; anything else that failed gets our own words.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
});
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Retarget")) showToast({ level: "error", words: "fault" });
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => showToast({ level: "error", words: "offline" }));
}
// What is fetched into the sheet opens it; what opened it has the focus again when it closes.
document.addEventListener("htmx:afterSwap", (event) => {
  const sheet = document.getElementById("sheet");
  if (event.detail.target.id === "sheet-body" && !sheet.open) sheet.showModal();
});
// An answer may carry HX-Trigger: {"meadow:toast": {"text": "…", "level": "success"}}.
document.addEventListener("meadow:toast", (event) => showToast(event.detail));
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));

prepare(document);
