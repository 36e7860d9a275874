// Keys for people who triage at a desk. Each does what a visible link or button does; typing in a field is never taken
// for a key, and whoever is disturbed by single keys (speech control, a trembling hand) can switch them off.
(() => {
  const dialog = document.getElementById("keys");
  const open = document.getElementById("keys-open");
  const wanted = document.getElementById("keys-wanted");
  if (!dialog || !open || !wanted) return;

  const STORED = "heed-keys";
  const remembered = (value) => {
    try {
      if (value !== undefined) localStorage.setItem(STORED, value);
      return localStorage.getItem(STORED);
    } catch {
      return null; // storage is switched off: the keys stay on
    }
  };
  wanted.checked = remembered() !== "off";
  wanted.addEventListener("change", () => remembered(wanted.checked ? "on" : "off"));
  open.hidden = false;
  open.addEventListener("click", () => dialog.showModal());

  const press = (selector) => document.querySelector(selector)?.click();
  const move = (by) => {
    const rows = [...document.querySelectorAll(".row-title a")];
    const here = rows.indexOf(document.activeElement);
    const next = rows[Math.min(Math.max(here + by, 0), rows.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const choose = (number) => {
    const choice = document.querySelectorAll(".decision input[name=outcome]")[number - 1];
    if (!choice) return;
    choice.checked = true;
    choice.focus();
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // Opens the next folded text; when all are open, folds them again.
  const fold = () => {
    const texts = [...document.querySelectorAll("details.fold, details.passage")];
    const next = texts.find((text) => !text.open);
    if (!next) return texts.forEach((text) => (text.open = false));
    next.open = true;
    next.querySelector("summary").focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    o: () => document.activeElement?.closest(".row-title a")?.click(),
    r: () => press(".reasons button"),
    w: fold,
    h: () => press("button[name=veil]"),
    t: () => press("form[action$='/claim/'] button"),
    n: () => press(".note-row a.button"),
    u: () => press("a.crumb"),
    "?": () => dialog.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || dialog.open) return;
    if (event.target.closest("textarea, select, input:not([type=radio]), [contenteditable]")) return;
    if (!wanted.checked && event.key !== "?") return;
    const act = keys[event.key] ?? (/^[1-9]$/.test(event.key) ? () => choose(Number(event.key)) : null);
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
