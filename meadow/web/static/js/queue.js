// The queue by keyboard: j and k walk it, keys named by data-queue-key press, 1-5 choose a verdict, w writes.

const typing = (target) =>
  target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName)
  || (target.tagName === "INPUT" && !["radio", "checkbox"].includes(target.type));

const walk = (step) => {
  const rows = [...document.querySelectorAll("[data-queue-row]")];
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  rows[Math.min(Math.max(here + step, 0), rows.length - 1)].querySelector("a").focus();
  return true;
};

const choose = (place) => {
  const options = document.querySelectorAll("[data-queue-verdict] input[name='verdict']");
  if (!options[place]) return false;
  options[place].checked = true;
  options[place].focus();
  return true;
};

const write = () => {
  const field = document.querySelector("[data-queue-verdict] textarea");
  field?.focus();
  return Boolean(field);
};

const press = (key) => {
  const found = document.querySelector(`[data-queue-key="${key}"]`);
  found?.click();
  return Boolean(found);
};

const ACTS = {
  j: () => walk(1),
  k: () => walk(-1),
  w: write,
  1: () => choose(0),
  2: () => choose(1),
  3: () => choose(2),
  4: () => choose(3),
  5: () => choose(4),
  t: () => press("t"),
  c: () => press("c"),
  r: () => press("r"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (ACTS[event.key]?.()) event.preventDefault();
});
