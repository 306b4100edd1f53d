// Toasts: short messages in the live region #toasts. What went wrong stays until dismissed.

const STAY_MS = 5000;
const region = document.getElementById("toasts");

const settle = (toast) => {
  if (!["error", "warning"].includes(toast.dataset.toast)) {
    setTimeout(() => toast.remove(), STAY_MS);
  }
};

// Show `text`, or the region's own sentence for `words` ("offline" or "fault").
export const showToast = ({ text, words, level = "info" }) => {
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const said = text ?? region.dataset[words];
  const twin = [...region.querySelectorAll("[data-toast-text]")].some((one) => one.textContent === said);
  if (twin) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.dataset.toast = level;
  toast.querySelector("[data-toast-text]").textContent = said;
  region.append(toast);
};

if (region) {
  region.querySelectorAll("[data-toast]").forEach(settle);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node.dataset?.toast) settle(node);
      }
    }
  }).observe(region, { childList: true });
  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  });
}
