// Photos enlarged in a dialog: pinch, double tap, wheel, buttons or + − 0; arrows pan, or turn to the next photo.

const MOST = 5;
const STEP = 1.5;
const DOUBLE = 2.5;
const SWIPE_PX = 50;
const TAP_PX = 10;

const dialog = document.getElementById("zoom");

const begin = () => {
  const stage = dialog.querySelector("[data-zoom-stage]");
  const shown = dialog.querySelector("[data-zoom-photo]");
  const said = dialog.querySelector("[data-zoom-said]");
  const turns = [...dialog.querySelectorAll("[data-zoom-turn]")];
  const photos = [...document.querySelectorAll(".carousel-photo")];
  const fingers = new Map();
  let [place, scale, x, y] = [0, 1, 0, 0];
  let [from, travelled, lastTap] = [null, 0, 0];

  const bound = (value, most) => Math.min(Math.max(value, -most), most);
  const draw = () => {
    x = bound(x, (stage.clientWidth * (scale - 1)) / 2);
    y = bound(y, (stage.clientHeight * (scale - 1)) / 2);
    shown.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    stage.classList.toggle("is-near", scale > 1);
    // More pixels are fetched only when somebody looks closer.
    if (scale > 1) shown.sizes = "300vw";
    said.textContent = `${shown.alt} · ${Math.round(scale * 100)} %`;
  };
  // Zoom so that what lies under (atX, atY), measured from the middle, stays there.
  const zoomTo = (to, atX = 0, atY = 0) => {
    const next = Math.min(Math.max(to, 1), MOST);
    x = atX - ((atX - x) * next) / scale;
    y = atY - ((atY - y) * next) / scale;
    scale = next;
    draw();
  };
  const show = (to) => {
    place = Math.min(Math.max(to, 0), photos.length - 1);
    const photo = photos[place];
    shown.sizes = "100vw";
    shown.srcset = photo.srcset;
    shown.src = photo.src;
    shown.alt = photo.alt;
    turns.forEach((turn) => {
      const end = Number(turn.dataset.zoomTurn) < 0 ? 0 : photos.length - 1;
      turn.hidden = photos.length < 2;
      turn.disabled = place === end;
    });
    [scale, x, y] = [1, 0, 0];
    draw();
  };
  const open = (photo) => {
    show(photos.indexOf(photo));
    dialog.showModal();
    draw();
  };
  const middle = (point) => {
    const box = stage.getBoundingClientRect();
    return [point.x - box.left - box.width / 2, point.y - box.top - box.height / 2];
  };
  const spread = ([one, other]) => Math.hypot(one.x - other.x, one.y - other.y);

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-zoom], .carousel-photo");
    if (opener) open(opener.matches("img") ? opener : opener.closest("figure").querySelector(".carousel-photo"));
    const button = event.target.closest?.("[data-zoom-by]");
    if (button) zoomTo(button.dataset.zoomBy === "in" ? scale * STEP : scale / STEP);
    const turn = event.target.closest?.("[data-zoom-turn]");
    if (turn) show(place + Number(turn.dataset.zoomTurn));
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "+" || event.key === "=") zoomTo(scale * STEP);
    else if (event.key === "-") zoomTo(scale / STEP);
    else if (event.key === "0") zoomTo(1);
    else if (scale > 1 && (right || down)) [x, y] = [x - right * 60, y - down * 60];
    else if (right) show(place + right);
    else return;
    event.preventDefault();
    draw();
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomTo(scale * (event.deltaY < 0 ? 1.2 : 1 / 1.2), ...middle(event));
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    from = fingers.size === 1 ? { x: event.clientX, y: event.clientY } : null;
    travelled = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (fingers.size === 2) {
      const apart = spread([...fingers.values()]);
      fingers.set(event.pointerId, now);
      const two = [...fingers.values()];
      if (apart) zoomTo((scale * spread(two)) / apart, ...middle({ x: (two[0].x + two[1].x) / 2, y: (two[0].y + two[1].y) / 2 }));
      return;
    }
    fingers.set(event.pointerId, now);
    travelled += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (scale > 1) [x, y] = [x + now.x - before.x, y + now.y - before.y];
    draw();
  });
  const lift = (event) => {
    const end = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    if (!end || !from || event.type === "pointercancel") return;
    const right = end.x - from.x;
    if (scale === 1 && Math.abs(right) > SWIPE_PX && Math.abs(right) > Math.abs(end.y - from.y)) show(place - Math.sign(right));
    else if (travelled < TAP_PX) {
      const twice = event.timeStamp - lastTap < 350;
      lastTap = twice ? 0 : event.timeStamp;
      if (twice) zoomTo(scale > 1 ? 1 : DOUBLE, ...middle(end));
    }
    from = null;
  };
  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, lift);
};

if (dialog) begin();
