// A refresh of the queue must not move what somebody is looking at: the first row in sight stays where it was.
(() => {
  let kept = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    kept = null;
    if (event.detail.target.id !== "queue" || window.scrollY === 0) return;
    const row = [...document.querySelectorAll("#queue .row-title a")].find(
      (link) => link.getBoundingClientRect().top >= 0,
    );
    if (row) kept = { id: row.id, top: row.getBoundingClientRect().top };
  });

  document.addEventListener("htmx:afterSwap", () => {
    const row = kept && document.getElementById(kept.id);
    if (row) window.scrollBy({ top: row.getBoundingClientRect().top - kept.top, behavior: "instant" });
    kept = null;
  });
})();
