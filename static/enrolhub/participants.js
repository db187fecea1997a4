// The participant list follows its address without loading the page anew. Everything works without it.

const listId = "participants";
const shownList = () => document.getElementById(listId);
const follows = (element) => element.closest(`#${listId}[data-follows-address]`);

// The address of the list, less the row that it points to: going to another row asks for nothing.
const listOf = (url) => `${url.pathname}${url.search}`;
let lastAsked = 0;
let lastShown = listOf(location);

// ---- asking for a list and putting it in place ----

const PUSH = "push";
const REPLACE = "replace";
const KEEP = "keep";

// What the address decides takes the place of what is shown. `way` is what becomes of the history; `body` is sent, if any.
const show = async (url, { way = PUSH, body = null, fromPages = false } = {}) => {
  const mine = ++lastAsked;
  shownList().setAttribute("aria-busy", "true");
  const answer = await ask(url, body);
  if (mine !== lastAsked) return;
  const address = answer && new URL(answer.url);
  if (!answer?.ok || address.pathname !== location.pathname) {
    // The browser says what is wrong, or leads to the sign-in page.
    if (body) location.reload();
    else location.assign(url);
    return;
  }
  address.hash = new URL(url, location).hash;
  remember(address, way);
  put(answer.text, { fromPages, opensCriteria: address.hash === "#criteria", keepsTyped: way !== KEEP });
};

const ask = async (url, body) => {
  try {
    const headers = { Accept: "text/html" };
    const answer = await fetch(url, { method: body ? "POST" : "GET", body, headers, credentials: "same-origin" });
    return { ok: answer.ok, url: answer.url, text: await answer.text() };
  } catch {
    return null;
  }
};

const remember = (address, way) => {
  if (way === PUSH && listOf(address) !== listOf(location)) history.pushState({}, "", address);
  else if (way !== KEEP) history.replaceState({}, "", address);
  lastShown = listOf(location);
};

const put = (text, { fromPages, opensCriteria, keepsTyped }) => {
  const shown = shownList();
  const place = shown.contains(document.activeElement) ? placeOf(document.activeElement, shown) : null;
  if (place && !keepsTyped) place.value = null;
  const isOpen = isUnfolded(shown.querySelector(".filters")) || opensCriteria;
  const swap = { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0, focusScroll: false };
  isPutting = true;
  htmx.swap(shown, text, swap, { select: `#${listId}`, selectOOB: "#announced:innerHTML" });
  isPutting = false;
  const fresh = shownList();
  if (isOpen) unfold(fresh.querySelector(".filters"), true);
  if (place && !fresh.querySelector("[autofocus]")) restore(place, fresh);
  const list = document.getElementById("list");
  if (fromPages && list?.getBoundingClientRect().top < 0) list.scrollIntoView();
};

// ---- keeping the keyboard where it was ----

const focusable = (root) => [...root.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")];

const placeOf = (element, root) => ({
  id: element.id,
  menu: element.closest("details[open]")?.id,
  words: element.textContent.trim(),
  index: focusable(root).indexOf(element),
  start: element.type === "search" ? element.selectionStart : null,
  value: element.type === "search" ? element.value : null,
});

const restore = (place, root) => {
  // A menu of boxes stays open while one ticks them.
  const menu = place.menu && document.getElementById(place.menu);
  if (menu?.querySelector("form") && place.id) menu.open = true;
  const all = focusable(root);
  const found =
    (place.id && document.getElementById(place.id)) ||
    all.find((element) => place.words && element.textContent.trim() === place.words && element.checkVisibility()) ||
    menu?.querySelector("summary") ||
    all[Math.min(place.index, all.length - 1)];
  if (!found) return;
  if (place.value !== null) found.value = place.value;
  found.focus({ preventScroll: true });
  if (place.start !== null && found.setSelectionRange) found.setSelectionRange(place.start, place.start);
};

// ---- on a phone the criteria are folded away until one asks for them ----

const isUnfolded = (form) => form.classList.contains("unfolded");
const unfold = (form, open) => {
  form.classList.toggle("unfolded", open);
  form.querySelector("a[href='#criteria']").setAttribute("aria-expanded", open);
};

// ---- the filter as an address ----

// Empty fields, lines that have their value and choices that are the usual ones stay out of the address.
const addressOf = (form) => {
  const given = new FormData(form);
  const has = (name) => given.getAll(name).some((value) => value);
  const isFilled = (name) => has(name) || has(`typed_${name}`);
  const fields = new URLSearchParams();
  for (const [name, value] of given) {
    const about = name.endsWith("_match") ? name.slice(0, -"_match".length) : null;
    const isUsual = (name === "match" && value === "all") || (about !== null && value === "any");
    const isIdle = about !== null && !isFilled(about) && !given.getAll("add").includes(about);
    if (!value || isUsual || isIdle || (name === "add" && isFilled(value))) continue;
    fields.append(name, value);
  }
  const path = form.action.split("?")[0];
  return fields.size ? `${path}?${fields}` : path;
};

// ---- what people do ----

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || !follows(link) || event.button || event.ctrlKey || event.metaKey || event.altKey) return;
  const then = event.shiftKey && link.dataset.then;
  if (event.shiftKey && !then) return;
  const url = new URL(then || link.href, location);
  if (url.origin !== location.origin || url.pathname !== location.pathname) return;
  event.preventDefault();
  if (link.getAttribute("href") === "#criteria") {
    unfold(link.closest("form"), !isUnfolded(link.closest("form")));
    return;
  }
  show(url.href, { fromPages: link.closest(".pages") !== null });
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!follows(form)) return;
  clearTimeout(resting);
  if (form.matches("[data-in-place]")) {
    event.preventDefault();
    show(form.action, { body: new URLSearchParams(new FormData(form)), fromPages: form.closest(".pages") !== null });
  } else if (form.matches(".filters")) {
    event.preventDefault();
    show(addressOf(form));
  }
});

// A choice counts as soon as it is made; a name as soon as it is one of those suggested.
const suggested = (field) => [...(field.list?.options ?? [])].map((option) => option.value);

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.form?.matches(".filters") || !follows(field) || field.type === "search") return;
  if (field.matches("select") || field.value.trim()) field.form.requestSubmit();
});

// A keyword is looked for as it is typed, once the fingers rest; all that is typed in one go is one step back.
let resting;
let isTyping = false;
let isPutting = false;
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.form?.matches(".filters") || !follows(field)) return;
  if (field.list && suggested(field).includes(field.value)) field.form.requestSubmit();
  if (field.type !== "search") return;
  clearTimeout(resting);
  resting = setTimeout(() => {
    show(addressOf(field.form), { way: isTyping ? REPLACE : PUSH });
    isTyping = true;
  }, 350);
});
document.addEventListener("focusout", (event) => {
  if (event.target.type === "search" && !isPutting) isTyping = false;
});

addEventListener("popstate", () => {
  if (listOf(location) !== lastShown) show(location.href, { way: KEEP });
});
