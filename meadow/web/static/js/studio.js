// Studio pages, and reports of orders, renew themselves when reads come in: what was open, scrolled or focused stays as it was.

const live = document.getElementById("studio-live");
const REST_MS = 1000;
let kept = null;
let resting = false;
let owed = false;

// At once, and then at most once a second, the last word always; a page that nobody sees waits until it is seen.
const renew = () => {
  if (resting || document.hidden) {
    owed = true;
    return;
  }
  owed = false;
  resting = true;
  live.dispatchEvent(new CustomEvent("studio:renew"));
  setTimeout(() => {
    resting = false;
    if (owed) renew();
  }, REST_MS);
};

if (live?.hasAttribute("hx-get")) {
  document.addEventListener(`meadow:${live.dataset.live}`, renew);
  // What was counted between the drawing of this page and the first word heard.
  document.addEventListener("meadow:live", renew);
  document.addEventListener("visibilitychange", () => {
    if (owed) renew();
  });
}

// The door may just have closed: the address then leads away from here, and so does this page. The process that
// answers may know how things stood a second ago, so it is asked again.
const LOOK_AGAIN_MS = [1500, 3000];
const look = async () => {
  // No answer, no news: the next look or the next page tells.
  const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.reload();
};
document.addEventListener("meadow:programs.standing", () => {
  look();
  LOOK_AGAIN_MS.forEach((wait) => setTimeout(look, wait));
});

const remember = () => {
  const here = document.activeElement;
  const links = [...live.querySelectorAll("a, summary, [tabindex]")];
  return {
    open: [...live.querySelectorAll("details[data-keep-open][open]")].map((one) => one.id),
    scrolled: [...live.querySelectorAll(".table-scroll")].map((one) => [one.scrollLeft, one.scrollTop]),
    place: links.indexOf(here),
    href: here?.getAttribute?.("href"),
  };
};

const restore = ({ open, scrolled, place, href }) => {
  open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  live.querySelectorAll(".table-scroll").forEach((one, index) => {
    if (scrolled[index]) [one.scrollLeft, one.scrollTop] = scrolled[index];
  });
  if (place < 0) return;
  const links = [...live.querySelectorAll("a, summary, [tabindex]")];
  // The same number at the same place, or the same number elsewhere, or whatever stands there now.
  const next = links[place]?.getAttribute("href") === href ? links[place] : links.find((one) => href && one.getAttribute("href") === href);
  (next ?? links[place])?.focus({ preventScroll: true });
};

live?.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target === live && event.detail.shouldSwap) kept = remember();
});
live?.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== live || !kept) return;
  restore(kept);
  kept = null;
});
