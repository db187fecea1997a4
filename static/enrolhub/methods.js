// The form of a method: while one searches, Enter looks and the arrows go through what is found; what is ticked stays.

const searches = { "cohort-q": "cohorts-found", "source-q": "sources-found" };

document.addEventListener("keydown", (event) => {
  const [name, place] = Object.entries(searches).find(([own, list]) =>
    event.target.id === own || document.getElementById(list)?.contains(event.target)) ?? [null, null];
  if (!name) return;
  const field = document.getElementById(name);
  if (event.target === field && event.key === "Enter") {
    event.preventDefault();
    field.dispatchEvent(new Event("lookup"));
  }
  const boxes = [...document.getElementById(place).querySelectorAll("input")];
  const at = boxes.indexOf(event.target);
  if (event.key === "Escape" && at >= 0) {
    field.focus();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && boxes.length) {
    event.preventDefault();
    (boxes[event.key === "ArrowDown" ? at + 1 : at - 1] ?? field).focus();
  }
});

// What was typed before this was ready is looked for now.
addEventListener("load", () => {
  for (const name of Object.keys(searches)) {
    const field = document.getElementById(name);
    if (field?.value) field.dispatchEvent(new Event("lookup"));
  }
});
