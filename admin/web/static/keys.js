// Keys for who wants them; nothing here is the only way to anything. data-key="n" marks what a
// letter presses (a field is gone to), data-go what a letter after "g" opens, data-row the link of a
// row. Who switched keys off (own account; WCAG 2.2: 2.1.4) is not given this file.
"use strict";

(() => {
  const WAIT_MS = 1500;
  let going = 0;

  const find = (attribute, key) =>
    document.querySelector(`[${attribute}="${CSS.escape(key)}"]`);

  function press(element) {
    if (!element) return false;
    if (element.matches("input:not([type=checkbox]), textarea, select")) element.focus();
    else element.click();
    return true;
  }

  function step(by) {
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    next?.focus();
    return Boolean(next);
  }

  function acted(key) {
    if (Date.now() < going) {
      going = 0;
      return press(find("data-go", key));
    }
    if (key === "g") {
      going = Date.now() + WAIT_MS;
      return true;
    }
    if (key === "?") {
      document.getElementById("keys")?.showModal();
      return true;
    }
    if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
    return press(find("data-key", key));
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
    if (event.key.length === 1 && acted(event.key)) event.preventDefault();
  });
})();
