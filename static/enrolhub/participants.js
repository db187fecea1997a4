// The participant list follows its address without loading the page anew. Everything works without it.

const listId = "participants";
const announced = () => document.getElementById("announced");
let asked = 0;
let searched = location.search;

// Puts the part of the page that the address decides in the place of the one shown, and keeps the keyboard where it was.
const show = async (url, { push = true } = {}) => {
  const mine = ++asked;
  const shown = document.getElementById(listId);
  shown.setAttribute("aria-busy", "true");
  const answer = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (mine !== asked) return;
  const page = answer.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page && page.getElementById(listId);
  if (!fresh) {
    location.assign(url);
    return;
  }
  const focused = document.activeElement;
  const place = shown.contains(focused) ? positionOf(focused, shown) : null;
  if (push) history.pushState({}, "", url);
  searched = location.search;
  const open = isUnfolded(shown.querySelector(".filters")) || url.endsWith("#criteria");
  shown.replaceWith(fresh);
  if (open) unfold(fresh.querySelector(".filters"), true);
  document.title = page.title;
  announced().textContent = page.getElementById("announced").textContent;
  if (place) restore(place, fresh);
};

// On a phone the criteria are folded away until one asks for them.
const isUnfolded = (form) => form.classList.contains("unfolded");
const unfold = (form, open) => {
  form.classList.toggle("unfolded", open);
  form.querySelector("a[href='#criteria']").setAttribute("aria-expanded", open);
};

const focusable = (root) => [...root.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")];

const positionOf = (element, root) => ({
  id: element.id,
  words: element.textContent.trim(),
  index: focusable(root).indexOf(element),
  start: element.type === "search" ? element.selectionStart : null,
  value: element.type === "search" ? element.value : null,
});

const restore = (place, root) => {
  const all = focusable(root);
  const found =
    (place.id && document.getElementById(place.id)) ||
    all.find((element) => place.words && element.textContent.trim() === place.words) ||
    all[Math.min(place.index, all.length - 1)];
  if (!found) return;
  if (place.value !== null) found.value = place.value;
  found.focus({ preventScroll: true });
  if (place.start !== null && found.setSelectionRange) found.setSelectionRange(place.start, place.start);
};

// Empty fields and choices that are the usual ones stay out of the address.
const addressOf = (form) => {
  const usual = { match: "all" };
  const fields = new URLSearchParams();
  const given = new FormData(form);
  for (const [name, value] of given) {
    const about = name.endsWith("_match") && !given.getAll(name.slice(0, -6)).some((each) => each);
    const isUsual = usual[name] === value || (name.endsWith("_match") && value === "any");
    if (value && !about && !isUsual) fields.append(name, value);
  }
  const query = fields.toString();
  return query ? `${form.action.split("?")[0]}?${query}` : form.action.split("?")[0];
};

const follows = (element) => element.closest(`#${listId}[data-follows-address]`);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || !follows(link) || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== location.pathname) return;
  event.preventDefault();
  if (link.getAttribute("href") === "#criteria") {
    unfold(link.closest("form"), !isUnfolded(link.closest("form")));
    return;
  }
  show(link.href);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!follows(form) || form.method !== "get") return;
  event.preventDefault();
  show(addressOf(form));
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && follows(form) && form.matches(".filters") && event.target.matches("select")) form.requestSubmit();
});

// A keyword is looked for as it is typed, once the fingers rest.
let resting;
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form || !follows(form) || event.target.type !== "search") return;
  clearTimeout(resting);
  resting = setTimeout(() => show(addressOf(form)), 350);
});

addEventListener("popstate", () => {
  if (location.search !== searched) show(location.href, { push: false });
});
