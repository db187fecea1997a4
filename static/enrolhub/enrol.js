// Enrolling people: whoever is ticked among those found is kept with the people chosen while one searches on. Without it the
// page of a search does the same.

const plural = new Intl.PluralRules(document.documentElement.lang);
const written = new Intl.NumberFormat(document.documentElement.lang);
const part = document.querySelector(".chosen-part");
const chosen = document.getElementById("chosen-people");
const found = document.getElementById("people-found");

const chosenBox = (person) => chosen.querySelector(`input[value="${person}"]`);
const foundBox = (person) => found.querySelector(`input[value="${person}"]`);
const say = (words, name) => {
  const n = chosen.children.length;
  document.getElementById("people-said").textContent = words.replace("{name}", name).replace("{n}", written.format(n));
};

const choose = (box) => {
  if (chosenBox(box.value)) return;
  const line = document.createElement("li");
  const label = document.createElement("label");
  const kept = Object.assign(document.createElement("input"), { type: "checkbox", name: "person", value: box.value });
  kept.className = "tick";
  kept.checked = true;
  kept.autocomplete = "off";
  label.className = "chip";
  label.append(kept, box.dataset.name);
  line.append(label);
  chosen.append(line);
  say(part.dataset[plural.select(chosen.children.length) === "one" ? "one" : "other"], box.dataset.name);
};

const leave = (person) => {
  const kept = chosenBox(person);
  if (!kept) return;
  const name = kept.parentElement.textContent;
  const hadFocus = document.activeElement === kept;
  kept.closest("li").remove();
  const box = foundBox(person);
  if (box) box.checked = false;
  say(part.dataset.left, name);
  if (hadFocus) (chosen.querySelector("input") ?? document.getElementById("people-q")).focus();
};

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.name !== "person") return;
  if (found.contains(box) && box.checked) choose(box);
  else if (!box.checked) leave(box.value);
});

// Who is chosen already is found ticked.
const tickChosen = () => {
  for (const box of found.querySelectorAll("input[name='person']")) box.checked = chosenBox(box.value) !== null;
};
document.addEventListener("htmx:afterSwap", tickChosen);

// From the field the arrows go through what is found, Escape comes back.
const searches = { "people-q": "people-found", "cohort-q": "cohorts-found" };
for (const name of Object.keys(searches)) if (!document.getElementById(name)) delete searches[name];

document.addEventListener("keydown", (event) => {
  const field = event.target.closest(".search-line input");
  if (field && event.key === "Enter") event.preventDefault();
  const [name, place] = Object.entries(searches).find(
    ([own, list]) => event.target.id === own || document.getElementById(list).contains(event.target),
  ) ?? [null, null];
  if (!name) return;
  const boxes = [...document.getElementById(place).querySelectorAll("input:not(:disabled)")];
  const at = boxes.indexOf(event.target);
  if (event.key === "Escape" && at >= 0) {
    document.getElementById(name).focus();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && boxes.length && event.target.type !== "radio") {
    const next = event.key === "ArrowDown" ? boxes[at + 1] : boxes[at - 1];
    event.preventDefault();
    (next ?? document.getElementById(name)).focus();
  }
});

// What was typed before this was ready is looked for now.
addEventListener("load", () => {
  for (const name of Object.keys(searches)) {
    const field = document.getElementById(name);
    if (field.value) field.dispatchEvent(new Event("lookup"));
  }
});
