// The list of notifications: days as the reader's own clock counts them, and word of what has come since.

const DAY_MS = 24 * 3600 * 1000;
const language = document.documentElement.lang;
const longDay = new Intl.DateTimeFormat(language, { dateStyle: "full" });
const nearDay = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const list = document.querySelector("[data-news-list]");

const startOf = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());

// "today" and "yesterday" in the reader's language, then dates; a heading begins with a capital.
const nameOf = (day) => {
  const ago = Math.round((startOf(new Date()) - day) / DAY_MS);
  const said = ago === 0 || ago === 1 ? nearDay.format(-ago, "day") : longDay.format(day);
  return said.charAt(0).toLocaleUpperCase(language) + said.slice(1);
};

const makeHeading = (day) => {
  const heading = document.createElement("li");
  heading.className = "news-day";
  heading.dataset.newsDay = "";
  const words = document.createElement("h2");
  words.textContent = nameOf(day);
  heading.append(words);
  return heading;
};

// The server heads its days in UTC, and each page of the list begins with one.
const headDays = () => {
  list.querySelectorAll("[data-news-day]").forEach((one) => one.remove());
  let last = null;
  list.querySelectorAll("[data-news]").forEach((news) => {
    const day = startOf(new Date(news.querySelector("time").dateTime));
    if (day.getTime() !== last) news.before(makeHeading(day));
    last = day.getTime();
  });
};

if (list) {
  headDays();
  document.addEventListener("htmx:load", (event) => {
    if (list.contains(event.detail.elt)) headDays();
  });
}

document.addEventListener("meadow:notifications.new", () => {
  document.querySelector("[data-news-came]")?.removeAttribute("hidden");
});
