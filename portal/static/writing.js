// Comforts for a text written in Markdown: four buttons that mark the selection, and pasting that keeps headings and lists.
"use strict";
{
  // As if it had been typed, so that undo takes it back.
  const type = (area, text) => {
    area.focus();
    if (document.execCommand("insertText", false, text)) return;
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const chosen = (area) => area.value.slice(area.selectionStart, area.selectionEnd);

  // Whole lines get a sign, or lose it.
  const sign = (area, mark) => {
    const from = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const to = area.value.indexOf("\n", area.selectionEnd);
    area.setSelectionRange(from, to < 0 ? area.value.length : to);
    const lines = chosen(area).split("\n");
    const marked = lines.every((line) => line.startsWith(mark));
    const plain = (line) => line.replace(/^(#{1,6}|-|\d+\.) /, "");
    type(area, lines.map((line) => (marked || (!line && lines[1] !== undefined) ? "" : mark) + plain(line)).join("\n"));
  };

  // Words inside a line get marks around them; then the part that is still to be written is selected.
  const wrap = (area, before, after, write = "") => {
    const words = chosen(area);
    const from = area.selectionStart + before.length;
    type(area, before + words + after);
    const at = words && write ? from + words.length + after.indexOf(write) : from;
    area.setSelectionRange(at, at + (words && write ? write.length : words.length));
  };

  const marks = {
    heading: (area) => sign(area, "## "),
    list: (area) => sign(area, "- "),
    link: (area) => wrap(area, "[", "](https://)", "https://"),
    strong: (area) => wrap(area, "**", "**"),
  };

  const paste = async (bar, area, text, html) => {
    const body = new FormData();
    body.set("csrf_token", area.form.elements.csrf_token.value);
    body.set("text", text);
    if (html.length < 400000) body.set("html", html);
    const answer = await fetch(bar.dataset.paste, { method: "POST", body }).catch(() => null);
    const clean = answer?.ok && !answer.redirected ? await answer.text() : text;
    type(area, clean);
    const status = bar.parentElement.querySelector("[data-pasted]");
    status.textContent = clean === text ? "" : status.dataset.pasted;
  };

  for (const bar of document.querySelectorAll("[data-marks]")) {
    const area = document.getElementById(bar.dataset.marks);
    const buttons = [...bar.querySelectorAll("button")];
    bar.hidden = false;
    bar.addEventListener("click", ({ target }) => marks[target.closest("button")?.dataset.mark]?.(area));
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length);
      for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
      next.focus();
    });
    area.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text/plain");
      if (!text.trim().includes("\n")) return; // within a line it stays as it is
      event.preventDefault();
      paste(bar, area, text, event.clipboardData.getData("text/html"));
    });
  }
}
