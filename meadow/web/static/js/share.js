// The share sheet: copies the link or the code, or hands the link to the device's own apps.
// Without scripts the plain link stands in its place.

import { showToast } from "./toasts.js";

const tell = (ways) => ways.dispatchEvent(new CustomEvent("meadow:shared", { bubbles: true }));

const copy = async (ways, button) => {
  const field = document.getElementById(button.dataset.shareCopy);
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Pages without TLS have no clipboard.
    ways.closest("dialog")?.close();
    showToast({ text: `${ways.dataset.byHand} ${field.value}`, level: "warning" });
    return;
  }
  ways.closest("dialog")?.close();
  showToast({ text: button.dataset.copied, level: "success" });
  tell(ways);
};

const handOn = async (ways) => {
  const { title, url } = ways.dataset;
  try {
    await navigator.share({ title, url });
  } catch (refused) {
    // Somebody who closes their device's sheet has changed their mind.
    if (refused.name === "AbortError") return;
    throw refused;
  }
  ways.closest("dialog")?.close();
  tell(ways);
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-share-copy], [data-share-device]");
  const ways = button?.closest("[data-share]");
  if (ways) button.dataset.shareCopy ? copy(ways, button) : handOn(ways);
});

for (const link of document.querySelectorAll("[data-share-plain]")) link.hidden = true;
for (const button of document.querySelectorAll("[data-share-device]")) button.hidden = !navigator.share;
