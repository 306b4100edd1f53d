// The Share button: the device's own share sheet where there is one, else the link is copied, and said so.
// Without scripts the plain link stands in its place.

import { showToast } from "./toasts.js";

const handOn = async (button) => {
  const { title, url } = button.dataset;
  if (navigator.share) {
    try {
      await navigator.share({ title, url });
      return true;
    } catch (refused) {
      // Somebody who closes the sheet has changed their mind; any other refusal leaves copying.
      if (refused.name === "AbortError") return false;
    }
  }
  try {
    await navigator.clipboard.writeText(url);
  } catch {
    // Pages without TLS have no clipboard.
    showToast({ text: `${button.dataset.byHand} ${url}`, level: "warning" });
    return false;
  }
  showToast({ text: button.dataset.copied, level: "success" });
  return true;
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-share]");
  if (button && (await handOn(button))) button.dispatchEvent(new CustomEvent("meadow:shared", { bubbles: true }));
});

for (const link of document.querySelectorAll("[data-share-plain]")) link.hidden = true;
