// Times to publish at, on the writer's own clock: the page is made in UTC and says so without scripts.

const pad = (number) => String(number).padStart(2, "0");
const local = (utc) => {
  if (!utc) return "";
  const at = new Date(`${utc}:00Z`);
  const day = [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join("-");
  return `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
};

for (const plan of document.querySelectorAll("[data-plan]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const input = plan.querySelector("input[type=datetime-local]");
  const kept = plan.querySelector("[data-zone]");
  if (!zone) continue;
  for (const name of ["min", "max"]) input[name] = local(input[name]);
  // A form that came back refused has its time in the zone it was sent in.
  if (input.value && kept.value === "UTC") input.value = local(input.value);
  kept.value = zone;
  plan.closest("details").querySelector("[data-zone-name]").textContent = zone.replaceAll("_", " ");
}
