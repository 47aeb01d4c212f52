// Before the first paint, so that nobody who chose dark sees a white flash.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("deepshield.theme");
  } catch {
    // Storage can be forbidden; the system's choice holds then.
  }
  const dark =
    chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
