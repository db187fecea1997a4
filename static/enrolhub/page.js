// What makes a page quicker to use. Everything works without it.

// "/" goes to the first search field of the page, as its key cap says.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const fields = [...document.querySelectorAll("[data-shortcut='/']")];
  const field = fields.find((candidate) => candidate.checkVisibility());
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// A menu closes with Escape, with a click elsewhere, and when another one opens.
const openMenus = () => [...document.querySelectorAll("details.menu[open]")];

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
});

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// In a menu the arrows go from one entry to the next.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest("details.menu[open]");
  if (!menu || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  const entries = [...menu.querySelectorAll(".menu-item:not([aria-disabled='true'])")];
  if (!entries.length) return;
  event.preventDefault();
  const step = event.key === "ArrowDown" ? 1 : -1;
  const next = entries.indexOf(document.activeElement) + step;
  entries[(next + entries.length) % entries.length].focus();
});

// The cross of a toast.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (button) button.closest(button.dataset.close).remove();
});

// A list that says so is sent as soon as a choice changes (page size, one select alone).
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send-on-change]")) event.target.form.requestSubmit();
});

// A list that follows its address in place takes along the links that keep its filter.
for (const type of ["pointerover", "focusin", "click"]) {
  document.addEventListener(type, (event) => {
    const link = event.target.closest("a[data-keeps-filter]");
    if (!link) return;
    link.search = location.search;
    if (type === "click" && link.closest("details.menu")) link.closest("details.menu").open = false; // a file leaves the page as it is
  });
}

// A filter without a value stays out of the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("form.list-filters")) return;
  const { formData } = event.detail;
  for (const [name, value] of [...formData]) {
    if (value === "") formData.delete(name);
  }
});

// What a page asks for by itself, to show how far a run is, does not count as somebody's using the session.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.triggeringEvent) event.detail.headers["X-Unattended"] = "1";
});

// What is long on a phone starts folded there, unless something in it is chosen.
if (matchMedia("(max-width: 767.98px)").matches) {
  for (const fold of document.querySelectorAll("details[data-fold-when-narrow]")) {
    const chosen = [...fold.querySelectorAll("input, select")].some((field) => field.value !== "");
    if (!chosen) fold.open = false;
  }
}

// At the door nothing is left of what a tab kept for whoever was signed in.
if (document.querySelector(".sign-in [name=username]")) {
  try {
    sessionStorage.clear();
  } catch {
    // A tab that may keep nothing has nothing to forget.
  }
}

// What was typed or chosen in a filter before the scripts had come is looked for as well.
const isChosenAnew = (select) => select.selectedIndex !== Math.max(0, [...select.options].findIndex((each) => each.defaultSelected));
addEventListener("load", () => {
  for (const field of document.querySelectorAll(".filters input[type=search], .filters select")) {
    const isSelect = field.matches("select");
    if (isSelect ? !isChosenAnew(field) : field.value === field.defaultValue) continue;
    field.dispatchEvent(new Event(isSelect ? "change" : "input", { bubbles: true }));
  }
});
