// The editor's comforts: drag photos into order, keep the keyboard's place when they move. Everything works without it.

const list = () => document.getElementById("photos");
let dragged = null;
let before = "";

const order = () => [...list().children].map((tile) => tile.dataset.upload);

const saveOrder = () => {
  const values = order();
  if (values.join() === before) return;
  // A parameter of its own: htmx repeats the name for every value.
  window.htmx.ajax("POST", list().dataset.orderUrl, {
    source: list(),
    target: "#photos",
    swap: "outerHTML",
    values: { order: values },
  });
};

const prepare = () => {
  for (const tile of list()?.children ?? []) tile.draggable = true;
};

document.addEventListener("dragstart", (event) => {
  const tile = event.target.closest?.(".photo-tile");
  if (!tile || event.target.matches("input")) return;
  dragged = tile;
  before = order().join();
  event.dataTransfer.effectAllowed = "move";
  tile.classList.add("is-dragged");
});

document.addEventListener("dragover", (event) => {
  const over = dragged && event.target.closest?.(".photo-tile");
  if (!over) return;
  event.preventDefault();
  if (over === dragged) return;
  const box = over.getBoundingClientRect();
  const behind = event.clientX > box.left + box.width / 2;
  over[behind ? "after" : "before"](dragged);
});

document.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});

document.addEventListener("dragend", () => {
  if (!dragged) return;
  dragged.classList.remove("is-dragged");
  dragged = null;
  saveOrder();
});

// A button that moved its photo to an end, or removed it, is gone: the focus goes to its neighbour.
let pressed = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  const tile = event.detail.elt.closest?.(".photo-tile");
  if (!tile || !event.detail.elt.matches(".photo-tile-act")) return;
  pressed = { id: event.detail.elt.id, upload: tile.dataset.upload, place: [...list().children].indexOf(tile) };
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "photos") return;
  prepare();
  if (!pressed) return;
  const shown = (one) => one && one.offsetParent !== null;
  const tile = document.getElementById(`tile-${pressed.upload}`) ?? list().children[Math.max(0, pressed.place - 1)];
  const button = document.getElementById(pressed.id);
  const target = shown(button) ? button : [...(tile?.querySelectorAll(".photo-tile-act") ?? [])].find(shown);
  (target ?? document.getElementById("photo-input"))?.focus();
  pressed = null;
});

document.addEventListener("meadow:photos-changed", prepare);
prepare();
