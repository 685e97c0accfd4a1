// Small comforts on top of pages that work without any script.
"use strict";
{
  const focus = (element) => {
    if (!element) return;
    if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView();
  };

  // A form that came back with mistakes: begin at the summary.
  addEventListener("load", () => focus(document.querySelector(".errors")));

  // What was typed before the session ended, as by the quick exit, does not come back with the page.
  addEventListener("pageshow", () => {
    if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
    for (const begun of document.querySelectorAll("[data-new]")) begun.form.reset();
  });

  // After a swap, go to the part that asks for it: the new heading or the error summary.
  document.addEventListener("htmx:after:settle", ({ target }) => {
    focus(target.closest?.("[data-focus]") ?? target.querySelector?.("[data-focus]"));
  });

  // In a calendar the arrows go from cell to cell.
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".calendar :is(td, th)");
    const step = steps[event.key];
    if (!cell || !step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { rows } = cell.closest("table");
    let [row, column] = [cell.parentElement.rowIndex, cell.cellIndex];
    for (let next; (next = rows[(row += step[0])]?.cells[(column += step[1])]); ) {
      const link = next.querySelector("a");
      if (!link) continue;
      event.preventDefault();
      return link.focus();
    }
  });

  // Nothing is swapped when the server or the network fails, so say it.
  const trouble = document.getElementById("trouble");
  const show = (failed) => trouble && (trouble.hidden = !failed);
  document.addEventListener("htmx:before:request", () => show(false));
  document.addEventListener("htmx:error", () => show(true));
  document.addEventListener("htmx:response:error", ({ detail }) => show(detail.ctx.response.status >= 500));

  // Quick exit: cover the page at once and take its place in the history. Also Shift three times within five seconds.
  const exit = document.querySelector("[data-exit]");
  const status = document.getElementById("exit-status");
  let presses = [];

  const leave = (event) => {
    event?.preventDefault();
    document.documentElement.classList.add("leaving");
    document.title = "…";
    location.replace(exit.href);
  };
  const forget = () => {
    presses = [];
    status.textContent = "";
  };

  if (exit) {
    exit.addEventListener("click", leave);
    document.addEventListener("keydown", ({ key, repeat, target }) => {
      if (key !== "Shift" && presses.length) forget();
      if (key !== "Shift" || repeat) return;
      const now = Date.now();
      presses = [...presses.filter((press) => now - press < 5000), now];
      if (presses.length === 3) return leave();
      // In a field the first press mostly begins a capital letter: nothing is said of it there.
      const isTyping = target.matches?.("input, textarea");
      status.textContent = presses.length === 2 ? status.dataset.once : isTyping ? "" : status.dataset.twice;
      setTimeout(() => presses.at(-1) === now && forget(), 5000);
    });
    // A page taken from the back-forward cache must not stay covered.
    addEventListener("pageshow", () => document.documentElement.classList.remove("leaving"));
  }
}
