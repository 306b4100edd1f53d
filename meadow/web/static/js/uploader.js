// Photos go up one after another, each with its own bar; the answer is the photo's tile, which follows its rendering.
//
// <input type="file" data-uploader data-url data-into data-queue data-row data-most data-most-bytes …> inside a form.
// Without this module the same input is an ordinary part of that form.

const csrfToken = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

const sentenceOf = (xhr, input) => {
  try {
    const problem = JSON.parse(xhr.responseText);
    return [problem.title, problem.detail].filter(Boolean).join(" ");
  } catch {
    return input.dataset.lost;
  }
};

const send = (input, file, onProgress) =>
  new Promise((done) => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", input.dataset.url);
    xhr.setRequestHeader("X-CSRFToken", csrfToken());
    xhr.setRequestHeader("X-Uploader", "1");
    xhr.setRequestHeader("Accept", "application/json");
    xhr.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(Math.round((100 * event.loaded) / event.total));
    });
    xhr.addEventListener("load", () => done({ ok: xhr.status === 200, again: xhr.status >= 500 || xhr.status === 429, xhr }));
    xhr.addEventListener("error", () => done({ ok: false, again: true, xhr }));
    const body = new FormData();
    body.append("photos", file);
    const key = input.form.elements.namedItem("key");
    if (key) body.append("key", key.value);
    xhr.send(body);
  });

const prepare = (input) => {
  const zone = input.closest("[data-drop-zone]");
  const into = () => document.querySelector(input.dataset.into);
  const queue = document.querySelector(input.dataset.queue);
  const template = document.querySelector(input.dataset.row);
  const waiting = [];
  let busy = false;

  const refuse = (row, sentence, retry) => {
    row.classList.add("is-refused");
    const error = row.querySelector("[data-error]");
    error.textContent = sentence;
    error.hidden = false;
    row.querySelector("[data-again]").hidden = !retry;
  };

  const settle = (row, answer) => {
    if (!answer.ok) {
      refuse(row, sentenceOf(answer.xhr, input), answer.again);
      return;
    }
    row.remove();
    into().insertAdjacentHTML("beforeend", answer.xhr.responseText);
    window.htmx?.process(into().lastElementChild);
    const address = answer.xhr.getResponseHeader("X-Editor-Url");
    if (address && location.pathname !== address) history.replaceState(null, "", address);
    document.dispatchEvent(new CustomEvent("meadow:photos-changed"));
  };

  const work = async () => {
    if (busy) return;
    busy = true;
    while (waiting.length) {
      const { row, file } = waiting.shift();
      if (!row.isConnected) continue;
      const bar = row.querySelector("progress");
      settle(row, await send(input, file, (value) => (bar.value = value)));
    }
    busy = false;
  };

  const add = (file) => {
    const row = template.content.firstElementChild.cloneNode(true);
    row.querySelector("[data-name]").textContent = file.name;
    row.querySelector("progress").setAttribute("aria-label", file.name);
    row.querySelector("[data-dismiss]").addEventListener("click", () => {
      row.remove();
      input.focus();
    });
    row.querySelector("[data-again]").addEventListener("click", () => {
      row.classList.remove("is-refused");
      row.querySelector("[data-error]").hidden = true;
      row.querySelector("[data-again]").hidden = true;
      waiting.push({ row, file });
      work();
    });
    queue.append(row);
    const count = into().children.length + queue.querySelectorAll(".upload-row:not(.is-refused)").length;
    if (file.size > Number(input.dataset.mostBytes)) refuse(row, input.dataset.tooLarge, false);
    else if (count > Number(input.dataset.most)) refuse(row, input.dataset.tooMany, false);
    else waiting.push({ row, file });
  };

  const take = (files) => {
    [...files].forEach(add);
    work();
  };

  zone?.classList.add("is-live");
  zone?.querySelector("[type=submit]")?.remove(); // choosing is sending
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    zone?.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone?.addEventListener(name, () => zone.classList.remove("is-over"));
  zone?.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  input.form.addEventListener("paste", (event) => {
    const photos = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!photos.length) return;
    event.preventDefault();
    take(photos);
  });
  // Leaving in the middle would lose what has not arrived; what has arrived is kept.
  window.addEventListener("beforeunload", (event) => {
    if (busy) event.preventDefault();
  });
};

document.querySelectorAll("[data-uploader]").forEach(prepare);
