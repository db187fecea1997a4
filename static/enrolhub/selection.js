// The people ticked on the participant list, kept from page to page while the filter stays the same. Without it the boxes
// of the page are sent as they are.

const language = document.documentElement.lang;
const written = new Intl.NumberFormat(language);
const plural = new Intl.PluralRules(language);
const selectionForm = () => document.getElementById("selection");
const ticks = () => [...document.querySelectorAll("input.tick[form='selection']")];
const numberFound = () => Number(selectionForm().dataset.found);

// Words with {n} and {m} in the place of their numbers; which words, the first number decides.
const wording = (name, n, m = n) => {
  const words = selectionForm().dataset;
  const text = words[`${name}${plural.select(n) === "one" ? "One" : "Other"}`] ?? words[name];
  return text.replace("{n}", written.format(n)).replace("{m}", written.format(m));
};

// ---- what is selected, kept by this tab for this course and account ----

let storageKey = null;
const nothing = () => ({ filter: selectionForm().dataset.filter, everyone: false, people: {}, sent: false });

const read = () => {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey)) ?? nothing();
  } catch {
    return nothing();
  }
};

const write = () => {
  try {
    if (count()) sessionStorage.setItem(storageKey, JSON.stringify(selected));
    else sessionStorage.removeItem(storageKey);
  } catch {
    // A tab that may keep nothing still selects on the page in front of it.
  }
};

let selected;
let removable = null;
const count = () => (selected.everyone ? numberFound() : Object.keys(selected.people).length);

// ---- what is said ----

const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.querySelector("main").append(said);
const say = (text) => {
  said.textContent = text;
};

// The same in the bar, until the selection changes.
const show = (text) => {
  for (const place of ["selected-words", "selected-short"]) document.getElementById(place).textContent = text;
  say(text);
};

// ---- what is shown ----

const refresh = () => {
  const boxes = ticks();
  for (const box of boxes) {
    box.checked = selected.everyone || box.value in selected.people;
    box.closest("tr").classList.toggle("selected", box.checked);
  }
  const page = document.getElementById("tick-page");
  const ticked = boxes.filter((box) => box.checked).length;
  page.checked = boxes.length > 0 && ticked === boxes.length;
  page.indeterminate = ticked > 0 && ticked < boxes.length;
  document.getElementById("list-bar").classList.toggle("selection", count() > 0);
  document.getElementById("selected-words").textContent = count() ? wording("selected", count()) : "";
  document.getElementById("selected-short").textContent = count() ? wording("short", count()) : "";
  document.getElementById("select-everyone").hidden = selected.everyone || numberFound() <= boxes.length;
  hint();
  // The head of the table, which stays in view, keeps below the bar, which does too.
  const bar = document.getElementById("list-bar");
  bar.parentElement.style.setProperty("--bar-height", `${bar.offsetHeight}px`);
};

// Beforehand, what removing them would not do.
const hint = () => {
  const line = document.querySelector(".selection-hint");
  if (!line) return;
  const synced = Object.values(selected.people).filter(Boolean).length;
  const leaving = selected.everyone ? removable : count() - synced;
  line.hidden = !count() || leaving === null || leaving === count();
  if (line.hidden) return;
  const name = leaving ? "hint" : "hintNone";
  document.getElementById("hint-words").textContent = wording(name, leaving, count());
};

const askRemovable = async () => {
  const url = selectionForm().dataset.removableUrl;
  if (!url || removable !== null) return;
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) return;
  removable = (await answer.json()).removable;
  hint();
};

const changed = (text) => {
  write();
  refresh();
  say(text ?? (count() ? wording("selected", count()) : wording("emptied", 0)));
};

// ---- ticking ----

// Whoever is unticked out of « everyone » leaves the others of the page.
const leaveEveryone = () => {
  selected = nothing();
  for (const box of ticks()) selected.people[box.value] = "synced" in box.dataset;
};

const put = (boxes, ticked) => {
  for (const box of boxes) {
    if (ticked) selected.people[box.value] = "synced" in box.dataset;
    else delete selected.people[box.value];
  }
};

let lastTicked = null;

const tick = (box, isRange) => {
  const wasEveryone = selected.everyone;
  if (wasEveryone) leaveEveryone();
  const boxes = ticks();
  const [from, to] = [boxes.indexOf(lastTicked), boxes.indexOf(box)].sort((a, b) => a - b);
  put(isRange && from >= 0 ? boxes.slice(from, to + 1) : [box], box.checked);
  lastTicked = box;
  changed(wasEveryone ? selectionForm().dataset.leftPage : null);
};

const selectEveryone = () => {
  selected = { ...nothing(), everyone: true };
  changed(`${wording("selected", count())}. ${selectionForm().dataset.everyone}`);
  askRemovable();
};

const empty = () => {
  selected = nothing();
  lastTicked = null;
  changed();
};

document.addEventListener("click", (event) => {
  if (!selectionForm()) return;
  const box = event.target.closest("input.tick");
  if (box?.id === "tick-page") {
    if (selected.everyone) selected = nothing();
    put(ticks(), box.checked);
    changed();
  } else if (box?.getAttribute("form") === "selection") {
    tick(box, event.shiftKey);
  } else if (event.target.closest("#select-everyone")) {
    selectEveryone();
    document.getElementById("unselect-everyone").focus({ preventScroll: true });
  } else if (event.target.closest("#unselect-everyone, [data-unselect]")) {
    empty();
    document.getElementById("tick-page").focus({ preventScroll: true });
  }
});

// ---- sending ----

document.addEventListener("formdata", (event) => {
  if (event.target !== selectionForm()) return;
  event.formData.delete("person");
  if (selected.everyone) event.formData.set("everyone", "1");
  else for (const person of Object.keys(selected.people)) event.formData.append("person", person);
});

// Where the clipboard is refused, the page of the addresses shows them.
let isRefused = false;

const copy = async (button) => {
  const body = new FormData(selectionForm(), button);
  const answer = await fetch(button.formAction, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  const { addresses, lacking } = await answer.json();
  await navigator.clipboard.writeText(addresses.join(", "));
  button.closest("details").open = false;
  button.closest("details").querySelector("summary").focus();
  show(lacking ? `${wording("copied", addresses.length)} · ${wording("lacking", lacking)}` : wording("copied", addresses.length));
};

document.addEventListener("submit", (event) => {
  const form = selectionForm();
  if (!form || event.target !== form) return;
  const most = Number(form.dataset.most);
  if (!selected.everyone && count() > most) {
    event.preventDefault();
    show(wording("tooMany", most));
  } else if (event.submitter?.id === "copy-addresses" && navigator.clipboard && !isRefused) {
    event.preventDefault();
    copy(event.submitter).catch(() => {
      isRefused = true;
      form.requestSubmit(event.submitter);
    });
  } else {
    selected.sent = true;
    write();
  }
});

// ---- from one list to the next, loaded or put in place ----

const meet = () => {
  const form = selectionForm();
  if (!form) {
    // Another filter, which finds nobody.
    if (storageKey) sessionStorage.removeItem(storageKey);
    return;
  }
  storageKey = `selection/${form.dataset.key}`;
  selected = read();
  removable = null;
  const isDone = selected.sent && document.querySelector("#toasts .toast-ok");
  const isOther = selected.filter !== form.dataset.filter;
  const hadSome = selected.everyone || Object.keys(selected.people).length > 0;
  if (isDone || isOther) selected = nothing();
  selected.sent = false;
  lastTicked = null;
  write();
  refresh();
  if (selected.everyone) askRemovable();
  if (isOther && hadSome) say(form.dataset.changed);
};

let met = null;
const watch = () => {
  const form = selectionForm();
  if (form === met) return;
  met = form;
  meet();
};

new MutationObserver(watch).observe(document.querySelector("main"), { childList: true, subtree: true });
addEventListener("pageshow", (event) => {
  if (event.persisted) met = null;
  watch();
});
watch();
