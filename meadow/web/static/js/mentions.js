// Naming people: `@` and two letters offer who may be meant, below the words. Chosen by the arrows and Enter, or by a
// press. Without it a handle is typed out, as ever. The box stays a text box of several lines, which a combobox cannot
// be: it takes from the pattern what such a box may carry (aria-autocomplete, -controls, -activedescendant).

const BOX = "textarea[data-mentions]";
const DELAY_MS = 120;
// As text.py reads a mention: not inside a word or an address.
const NAMED = /(?:^|[^A-Za-z0-9_./@])@([\p{L}\p{N}_]{2,30})$/u;
const pop = document.createElement("div");
const status = document.createElement("div");
let box = null;
let timer = 0;
let asked = 0;

pop.className = "mention-pop";
pop.hidden = true;
status.className = "sr-only";
status.setAttribute("role", "status");
document.body.append(pop, status);

const options = () => [...pop.querySelectorAll("[role='option']")];
const chosen = () => pop.querySelector("[aria-selected='true']");
const named = () => {
  if (!box || box.selectionStart !== box.selectionEnd) return null;
  return NAMED.exec(box.value.slice(0, box.selectionStart));
};

const close = () => {
  clearTimeout(timer);
  asked += 1;
  pop.hidden = true;
  pop.replaceChildren();
  status.textContent = "";
  box?.removeAttribute("aria-controls");
  box?.removeAttribute("aria-activedescendant");
};

const choose = (option) => {
  chosen()?.setAttribute("aria-selected", "false");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", option.id);
};

// Where the line of the caret begins and ends, in the box: measured on a copy that breaks its lines the same way.
const lineOfCaret = () => {
  const copy = document.createElement("div");
  const style = getComputedStyle(box);
  for (const name of ["boxSizing", "padding", "border", "font", "letterSpacing", "lineHeight", "wordBreak"]) {
    copy.style[name] = style[name];
  }
  copy.className = "mention-measure";
  copy.style.width = `${box.offsetWidth}px`;
  copy.textContent = box.value.slice(0, box.selectionStart);
  const end = document.createElement("span");
  end.textContent = "@";
  copy.append(end);
  document.body.append(copy);
  const within = (place) => Math.min(Math.max(place - box.scrollTop, 0), box.offsetHeight);
  const line = [within(end.offsetTop), within(end.offsetTop + end.offsetHeight)];
  copy.remove();
  return line;
};

// What is seen ends at the bars that stand at the foot of the window.
const seenUntil = () => {
  const height = window.visualViewport?.height ?? innerHeight;
  const bars = [...document.querySelectorAll(".editor-bar, .bar")].map((one) => one.getBoundingClientRect().top);
  return Math.min(height, ...bars.filter((top) => top > height / 2));
};

const place = () => {
  const { left, top, width } = box.getBoundingClientRect();
  const until = seenUntil();
  const [begins, ends] = lineOfCaret().map((place) => Math.min(top + place, until));
  const over = until - ends < pop.offsetHeight + 8 && begins > pop.offsetHeight + 8;
  pop.style.left = `${left + scrollX}px`;
  pop.style.maxWidth = `${width}px`;
  pop.style.top = `${(over ? begins - pop.offsetHeight - 4 : ends + 4) + scrollY}px`;
};

const show = (html) => {
  pop.innerHTML = html;
  const list = pop.firstElementChild;
  if (!list) {
    close();
    return;
  }
  pop.hidden = false;
  place();
  box.setAttribute("aria-controls", list.id);
  status.textContent = list.dataset.said;
  choose(options()[0]);
};

// The answer to an older question must not overwrite that to a newer one.
const offer = async () => {
  const mine = ++asked;
  const found = named();
  if (!found) {
    close();
    return;
  }
  const answer = await fetch(`/search/mentions?q=${encodeURIComponent(found[1])}`, {
    headers: { "HX-Request": "true" },
  }).catch(() => null);
  if (mine !== asked) return;
  // Whoever is signed out meanwhile is led to the page for signing in: nothing to choose from.
  if (!answer?.ok || answer.redirected || document.activeElement !== box) close();
  else show(await answer.text());
};

const put = (option) => {
  const found = named();
  if (found) {
    const end = box.selectionStart;
    box.setRangeText(`@${option.dataset.handle} `, end - found[1].length - 1, end, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  close();
};

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(offer, DELAY_MS);
};

document.addEventListener("focusin", (event) => {
  if (!event.target.matches?.(BOX)) return;
  box = event.target;
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-haspopup", "listbox");
});
document.addEventListener("focusout", (event) => {
  if (event.target === box) close();
});
document.addEventListener("input", (event) => {
  if (event.target !== box || event.isComposing) return;
  if (named()) soon();
  else close();
});
// A word put together by an input method counts when it is whole.
document.addEventListener("compositionend", (event) => {
  if (event.target === box && named()) soon();
});
// Before everything else that listens for these keys: while people are offered, they are for the list.
document.addEventListener(
  "keydown",
  (event) => {
    if (pop.hidden || event.target !== box || event.isComposing) return;
    const all = options();
    const here = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(here + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(here - 1 + all.length) % all.length]);
    else if (event.key === "Enter") put(all[here]);
    else if (event.key === "Escape") close();
    else {
      if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
// Pressing an option must not take the focus, or the list would close before the press is over.
pop.addEventListener("mousedown", (event) => event.preventDefault());
pop.addEventListener("click", (event) => {
  const option = event.target.closest("[role='option']");
  if (option) put(option);
});
