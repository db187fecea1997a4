// The answer in one click, ready to be sent to whoever asked. Without a script there is no button.
for (const button of document.querySelectorAll("[data-copy-answer]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const parts = [...document.querySelectorAll("[data-answer]")].map((part) => part.textContent.trim());
    await navigator.clipboard.writeText([...parts, location.href].join("\n"));
    button.querySelector("span").textContent = button.dataset.copyAnswer;
  });
}
