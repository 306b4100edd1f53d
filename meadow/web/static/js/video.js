// A video goes up in pieces over tus 1.0: a broken line goes on by itself, a reload with the same file.
//
// [data-video-panel] holds the input; once a video has begun, the server's [data-video-arriving] shows its bar.

const PIECE = 4 * 1024 * 1024;
const LONGEST_WAIT_MS = 30_000;
const TUS = { "Tus-Resumable": "1.0.0" };

const panel = () => document.querySelector("[data-video-panel]");
const csrf = () => ({ "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "" });
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const inBase64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

let going = null; // { file, id, paused, cancelled, request }

const sentence = (text) => {
  try {
    const problem = JSON.parse(text);
    return [problem.title, problem.detail].filter(Boolean).join(" ");
  } catch {
    return "";
  }
};

const fault = (words) => {
  const place = panel()?.querySelector("[data-video-fault]");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
};

const swap = (html) => {
  const old = panel();
  if (!old) return;
  old.insertAdjacentHTML("afterend", html);
  const fresh = old.nextElementSibling;
  old.remove();
  window.htmx?.process(fresh);
  settle();
  document.dispatchEvent(new CustomEvent("meadow:video-changed"));
};

const refresh = async () => {
  const answer = await fetch(panel().dataset.panelUrl, { headers: { "HX-Request": "true" } });
  if (answer.ok) swap(await answer.text());
};

// --- What is shown. ---

const show = (state, percent) => {
  const row = panel()?.querySelector("[data-video-arriving]");
  if (!row) return;
  if (percent !== undefined) {
    row.querySelector("progress").value = percent;
    row.querySelector("[data-percent]").textContent = `${Math.floor(percent)}%`;
  }
  if (!state) return;
  row.querySelector("[data-state]").textContent = row.dataset[`says${state}`];
  row.querySelector("[data-choose]").hidden = true;
  row.querySelector("[data-pause]").hidden = state === "Paused";
  row.querySelector("[data-resume]").hidden = state !== "Paused";
};

// --- Pieces. ---

const checksum = async (piece) => {
  if (!crypto.subtle) return {}; // only over https and on this machine
  return { "Upload-Checksum": `sha256 ${inBase64(await crypto.subtle.digest("SHA-256", await piece.arrayBuffer()))}` };
};

// How much is here; null when it is gone, undefined when nobody answers now.
const askOffset = async (id) => {
  const answer = await fetch(`/api/v1/videos/${id}`, { method: "HEAD", cache: "no-store" }).catch(() => ({}));
  return answer.ok ? Number(answer.headers.get("Upload-Offset")) : answer.status === 404 ? null : undefined;
};

const sendPiece = (job, offset, piece, sum) =>
  new Promise((done) => {
    const request = new XMLHttpRequest();
    job.request = request;
    request.open("PATCH", `/api/v1/videos/${job.id}`);
    const headers = { ...TUS, ...csrf(), ...sum, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => show("", (100 * (offset + event.loaded)) / job.file.size));
    const end = () => done(request);
    for (const name of ["load", "error", "abort", "timeout"]) request.addEventListener(name, end);
    request.timeout = 120_000;
    request.send(piece);
  });

const upload = async (job) => {
  let offset = await askOffset(job.id);
  let wait = 1000;
  while (going === job && !job.paused) {
    if (offset === null) return refresh(); // it is no longer here
    if (offset === undefined) {
      show("Waiting");
      await rest(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      offset = await askOffset(job.id);
      continue;
    }
    if (offset >= job.file.size) break;
    show("Sending", (100 * offset) / job.file.size);
    const piece = job.file.slice(offset, offset + PIECE);
    const answer = await sendPiece(job, offset, piece, await checksum(piece));
    if (answer.status === 204) {
      offset = Number(answer.getResponseHeader("Upload-Offset"));
      wait = 1000;
    } else if ([0, 409, 429, 460].includes(answer.status) || answer.status >= 500) {
      offset = answer.status === 409 ? await askOffset(job.id) : undefined;
    } else {
      going = null;
      await refresh();
      fault(sentence(answer.responseText));
      return undefined;
    }
  }
  if (going === job && !job.paused) {
    going = null;
    await refresh();
  }
  return undefined;
};

const go = (file, id) => {
  going = { file, id, paused: false };
  upload(going).catch(() => show("Waiting"));
};

// --- Beginning, and going on after a reload. ---

const begin = async (input) => {
  const [file] = input.files;
  const key = input.form.elements.namedItem("key");
  input.value = "";
  fault("");
  if (!file) return;
  if (file.size > Number(input.dataset.mostBytes)) {
    fault(input.dataset.tooLarge);
    return;
  }
  const name = inBase64(new TextEncoder().encode(file.name));
  const begun = await fetch("/api/v1/videos", {
    method: "POST",
    headers: { ...TUS, ...csrf(), "Upload-Length": String(file.size), "Upload-Metadata": `filename ${name}` },
  });
  if (begun.status !== 201) {
    fault(sentence(await begun.text()));
    return;
  }
  const id = begun.headers.get("Location").split("/").pop();
  const body = new URLSearchParams({ upload: id, ...(key ? { key: key.value } : {}) });
  const added = await fetch(`/n/${panel().dataset.note}/video/add`, {
    method: "POST",
    headers: { ...csrf(), "X-Uploader": "1", "Accept": "text/html, application/json" },
    body,
  });
  if (!added.ok) {
    fetch(`/api/v1/videos/${id}`, { method: "DELETE", headers: csrf() });
    fault(sentence(await added.text()));
    return;
  }
  const address = added.headers.get("X-Editor-Url");
  if (address && location.pathname !== address) history.replaceState(null, "", address);
  swap(await added.text());
  go(file, id);
};

const goOn = (input) => {
  const [file] = input.files;
  const row = input.closest("[data-video-arriving]");
  input.value = "";
  if (!file) return;
  if (file.size !== Number(row.dataset.total) || (row.dataset.name && file.name !== row.dataset.name)) {
    fault(row.dataset.saysOther);
    return;
  }
  fault("");
  go(file, row.dataset.upload);
};

// A note has photos or a video: what it cannot have is not offered.
const settle = () => {
  const here = panel();
  const photos = document.querySelector(".editor-photos");
  if (!here || !photos) return;
  const video = here.dataset.kind === "video";
  photos.hidden = video;
  if (!video && !here.hasAttribute("data-fixed")) here.hidden = document.querySelectorAll("#photos > *").length > 0;
  for (const one of here.querySelectorAll("[data-without-js]")) one.remove();
  here.querySelector(".drop-zone")?.classList.add("is-live");
};

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-video-input]")) begin(event.target).catch(() => fault(event.target.dataset.lost ?? ""));
  if (event.target.matches?.("[data-video-again]")) goOn(event.target);
});

document.addEventListener("click", (event) => {
  if (!going) return;
  if (event.target.closest?.("[data-pause]")) {
    going.paused = true;
    going.request?.abort();
    show("Paused");
    panel().querySelector("[data-resume]").focus();
  } else if (event.target.closest?.("[data-resume]")) {
    go(going.file, going.id);
    show("Sending");
    panel().querySelector("[data-pause]").focus();
  }
});

// The cover is taken from where the player stands.
document.addEventListener("pause", (event) => keepMoment(event.target), true);
document.addEventListener("seeked", (event) => keepMoment(event.target), true);
const keepMoment = (video) => {
  const field = video.matches?.("[data-video-panel] video") && panel().querySelector("[data-video-at]");
  if (field) field.value = video.currentTime.toFixed(1);
};

document.addEventListener("meadow:photos-changed", settle);
document.addEventListener("htmx:afterSettle", (event) => {
  if (going && !panel()?.querySelector("[data-video-arriving]")) {
    going.request?.abort(); // it was removed
    going = null;
  }
  // Prepared at last: its cover and captions can be seen to.
  const state = event.target.closest?.("[data-video-panel]") && event.target.dataset?.videoState;
  if (state === "ready" && !panel().querySelector("[data-video-at], .video-captions")) refresh();
  settle();
});
addEventListener("beforeunload", (event) => {
  if (going && !going.paused) event.preventDefault();
});
settle();
