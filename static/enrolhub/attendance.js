// The button of a page to print. Without a script the browser's own menu does the same.

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
