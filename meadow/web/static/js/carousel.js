// The photos of a note: arrow keys, buttons and dots over a track that scrolls and snaps by itself.

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const prepare = (carousel) => {
  if (carousel.dataset.carousel === "on") return;
  carousel.dataset.carousel = "on";
  const track = carousel.querySelector("[data-carousel-track]");
  const dots = [...carousel.querySelectorAll("[data-carousel-dot]")];
  const steps = [...carousel.querySelectorAll("[data-carousel-step]")];
  const here = () => Math.round(track.scrollLeft / Math.max(track.clientWidth, 1));

  const show = (place) => {
    const to = Math.min(Math.max(place, 0), dots.length - 1);
    track.scrollTo({ left: to * track.clientWidth, behavior: calm() ? "auto" : "smooth" });
  };
  const mark = () => {
    const place = here();
    dots.forEach((dot, index) => {
      if (index === place) dot.setAttribute("aria-current", "true");
      else dot.removeAttribute("aria-current");
    });
    steps.forEach((step) => {
      const end = Number(step.dataset.carouselStep) < 0 ? 0 : dots.length - 1;
      step.disabled = place === end;
    });
  };

  steps.forEach((step) => step.addEventListener("click", () => show(here() + Number(step.dataset.carouselStep))));
  dots.forEach((dot) =>
    dot.addEventListener("click", (event) => {
      event.preventDefault();
      show(Number(dot.dataset.carouselDot));
    }),
  );
  track.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: here() - 1, ArrowRight: here() + 1, Home: 0, End: dots.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    show(to);
  });
  track.addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
};

document.querySelectorAll("[data-carousel]").forEach(prepare);
document.addEventListener("htmx:load", (event) => event.detail.elt.querySelectorAll?.("[data-carousel]").forEach(prepare));
