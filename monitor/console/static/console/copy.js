// Copies what has to be typed into the Admin console. Without JavaScript the fields are selected by hand.
(() => {
  const show = () => document.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = !navigator.clipboard));

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.classList.add("is-copied");
  });
  document.addEventListener("htmx:afterSwap", show);
  show();
})();
