/* While somebody types, offers what begins so. Without it the form works as it is. */
(() => {
  "use strict";
  const field = document.querySelector("[data-beginning]");
  const list = document.getElementById("search-beginning");
  if (!field || !list) return;
  let asked = "";
  let waiting = 0;

  const offer = async (words) => {
    asked = words;
    try {
      const answer = await fetch(field.dataset.beginning + encodeURIComponent(words));
      if (!answer.ok || asked !== words) return;
      const found = (await answer.json()).items;
      list.replaceChildren(...found.map((item) => {
        const option = document.createElement("option");
        option.value = item.title;
        option.label = item.note;
        return option;
      }));
    } catch {
      // Offline or slow: the search itself still works.
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    const words = field.value.trim();
    if (words.length >= 2 && words !== asked) waiting = setTimeout(offer, 200, words);
  });
})();
