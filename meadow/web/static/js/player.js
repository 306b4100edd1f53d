// Videos: HLS in the quality that fits the line, keys, captions, and word that one was watched to its end.
//
// <figure data-player data-hls data-hls-script><video controls>…: without this module the browser plays the MP4.

const STEP_SECONDS = 5;
const VOLUME_STEP = 0.1;
// So much of a video must have been played, wherever, for its end to count as watched to the end.
const WATCHED = 0.9;

const plays = (video) => video.canPlayType("application/vnd.apple.mpegurl") !== "";

// A quality that fits the frame is enough; the rest of the line stays the reader's.
const OPTIONS = { enableWorker: false, capLevelToPlayerSize: true, maxBufferLength: 30, startLevel: -1 };

const attach = async (figure, video) => {
  if (plays(video)) {
    video.src = figure.dataset.hls;
    return;
  }
  await import(figure.dataset.hlsScript);
  const { Hls } = globalThis;
  if (!Hls?.isSupported()) return; // the MP4 plays
  const at = video.currentTime;
  const hls = new Hls(OPTIONS);
  figure.meadowHls = hls;
  let mended = false;
  hls.on(Hls.Events.ERROR, (_event, fault) => {
    if (!fault.fatal) return;
    if (fault.type === Hls.ErrorTypes.MEDIA_ERROR && !mended) {
      mended = true;
      hls.recoverMediaError();
      return;
    }
    // The plain file may still be reachable, or says for itself that it is not.
    const playing = !video.paused;
    const where = video.currentTime;
    hls.destroy();
    video.src = figure.querySelector("source").src;
    video.currentTime = where;
    if (playing) video.play().catch(() => {});
  });
  hls.loadSource(figure.dataset.hls);
  hls.attachMedia(video);
  if (at > 1) video.currentTime = at; // a beginning is watched from the beginning
};

const showCaptions = (video, language) => {
  for (const track of video.textTracks) track.mode = track.language === language ? "showing" : "disabled";
};

const chooseCaptions = (figure, video) => {
  const select = figure.querySelector("[data-player-captions]");
  if (!select) return;
  select.addEventListener("change", () => showCaptions(video, select.value));
  // The browser's own button changes them too.
  video.textTracks.addEventListener("change", () => {
    select.value = [...video.textTracks].find((track) => track.mode === "showing")?.language ?? "";
  });
};

const turnCaptions = (figure, video) => {
  const select = figure.querySelector("[data-player-captions]");
  if (!select) return;
  const own = [...select.options].find((option) => option.value && navigator.language.startsWith(option.value.slice(0, 2)));
  select.value = select.value ? "" : (own ?? select.options[1]).value;
  showCaptions(video, select.value);
};

const toggle = (video) => (video.paused ? video.play().catch(() => {}) : video.pause());

const seek = (video, by) => {
  video.currentTime = Math.min(Math.max(video.currentTime + by, 0), video.duration || 0);
};

const KEYS = {
  " ": (video) => toggle(video),
  k: (video) => toggle(video),
  ArrowLeft: (video) => seek(video, -STEP_SECONDS),
  ArrowRight: (video) => seek(video, STEP_SECONDS),
  ArrowUp: (video) => (video.volume = Math.min(1, video.volume + VOLUME_STEP)),
  ArrowDown: (video) => (video.volume = Math.max(0, video.volume - VOLUME_STEP)),
  m: (video) => (video.muted = !video.muted),
  f: (video) => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen?.()),
  c: (video, figure) => turnCaptions(figure, video),
};

const onKey = (figure, video) => (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target !== video) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act(video, figure);
};

// Seeking to the end is not watching: what was played is added up.
const watchedToTheEnd = (video) => {
  let seconds = 0;
  for (let index = 0; index < video.played.length; index += 1) seconds += video.played.end(index) - video.played.start(index);
  return seconds >= WATCHED * video.duration;
};

const prepare = (figure) => {
  if (figure.dataset.player === "on") return;
  figure.dataset.player = "on";
  const video = figure.querySelector("video");
  const fault = figure.querySelector("[data-player-fault]");
  for (const one of figure.querySelectorAll("[data-needs-js]")) one.hidden = false;
  let attached = false;
  video.addEventListener("play", () => {
    fault.hidden = true;
    // One sound at a time.
    for (const other of document.querySelectorAll("[data-player] video")) if (other !== video) other.pause();
    if (attached) return;
    attached = true;
    attach(figure, video).then(() => video.play().catch(() => {}));
  });
  video.addEventListener("ended", () => {
    if (watchedToTheEnd(video)) figure.dispatchEvent(new CustomEvent("meadow:watched", { bubbles: true }));
  });
  video.addEventListener("error", () => (fault.hidden = false));
  video.addEventListener("keydown", onKey(figure, video));
  chooseCaptions(figure, video);
};

const prepareAll = (root) => {
  if (root.matches?.("[data-player]")) prepare(root);
  root.querySelectorAll?.("[data-player]").forEach(prepare);
};

prepareAll(document);
document.addEventListener("htmx:afterSettle", (event) => prepareAll(event.target));
// A player taken from the page stops loading.
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  for (const one of event.target.querySelectorAll?.("[data-player]") ?? []) one.meadowHls?.destroy();
});
