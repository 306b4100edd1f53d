// Comments of an open note: news of them is fetched when there is some, and stands as a pill rather than pushing what is read.

const RENEW_MS = 60_000; // the server forgets an open page after two and a half minutes
const GATHER_MS = 250; // what happens in one moment is fetched once, and not by everybody at the same instant
const section = document.querySelector("[data-comments]");
let timer = 0;

const shownIds = () => [...section.querySelectorAll("[data-comment]")].map((one) => one.id).join(",");

const atTop = () => {
  const { top, bottom } = section.querySelector("#comment-list").getBoundingClientRect();
  const reading = section.querySelector("#comment-list").contains(document.activeElement);
  return !reading && (bottom - top < 1 || (top >= 0 && top < innerHeight));
};

const fetchNews = async () => {
  if (document.hidden) return;
  const values = { since: section.dataset.since, shown: shownIds() };
  await window.htmx.ajax("POST", `/n/${section.dataset.comments}/comments/news`, { target: "#comments-news", swap: "none", values });
};

const showFresh = () => {
  const button = document.getElementById("comments-fresh");
  if (!button) return;
  // On a busy device htmx may not have settled yet, and would not know the button.
  window.htmx.process(button);
  button.click();
};

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(fetchNews, GATHER_MS + Math.random() * GATHER_MS);
};

if (section) {
  document.addEventListener("meadow:comments.changed", (event) => {
    if (!event.detail || event.detail.note === section.dataset.comments) soon();
  });
  document.addEventListener("meadow:live", soon);
  document.addEventListener("visibilitychange", soon);
  setInterval(fetchNews, RENEW_MS);
  // Whoever looks at the top of the list sees new ones come; whoever reads further down is told of them.
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target?.id !== "comments-news") return;
    const news = document.getElementById("comments-news");
    if (news?.dataset.since) section.dataset.since = news.dataset.since;
    if (atTop()) setTimeout(showFresh, 50);
  });
  document.addEventListener("click", (event) => {
    if (event.isTrusted && event.target.closest("#comments-fresh")) section.scrollIntoView({ block: "start" });
  });
}
