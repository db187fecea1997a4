// A placeholder goes where one was writing last, in the subject or in the text.

let writing = document.querySelector("textarea[name='body']");

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[name='subject'], [name='body']")) writing = event.target;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button || !writing) return;
  writing.setRangeText(button.dataset.insert, writing.selectionStart, writing.selectionEnd, "end");
  writing.focus();
});
