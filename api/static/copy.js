/* A button that copies what stands above it. Without it the text is selected by hand. */
(() => {
  "use strict";
  if (!navigator.clipboard) return;
  const told = document.getElementById("copied");
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copies).textContent;
      try {
        await navigator.clipboard.writeText(text);
        told.textContent = button.dataset.done;
      } catch {
        getSelection().selectAllChildren(document.getElementById(button.dataset.copies));
      }
    });
  }
})();
