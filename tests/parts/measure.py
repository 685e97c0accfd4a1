"""What can be measured on a page that a browser shows: room, targets, contrast, focus, and what forced colours leave of it.

assert measured(page) == []
"""

from playwright.sync_api import Page

MOST_STOPS = 250
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
FAULTS = """() => {
  const found = [], root = document.documentElement, seen = (box) => box.width > 1 && box.height > 1;
  const wide = root.scrollWidth - root.clientWidth;
  if (wide > 0) found.push(`${wide} px too wide`);
  const told = (element) => element.outerHTML.replace(/\\s+/g, " ").slice(0, 120);

  // Nothing that people read is cut off.
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    if (style.position === "absolute" && style.clipPath !== "none") continue;
    const link = element.querySelector("a");  // what is shortened stands somewhere else in full
    const isTwice = link && [...document.links].filter(other => other.href === link.href).length > 1;
    if (style.webkitLineClamp !== "none" && isTwice) continue;
    const hides = ["hidden", "clip"].includes(style.overflowY) || ["hidden", "clip"].includes(style.overflowX);
    const holds = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const over = element.scrollHeight > element.clientHeight + 2 || element.scrollWidth > element.clientWidth + 2;
    if (hides && holds && over && seen(element.getBoundingClientRect())) found.push(`cut off: ${told(element)}`);
  }

  // A target has 24 by 24 pixels at least, a button 44 in height (R13); a link inside a sentence is as high as its line.
  const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const element of document.querySelectorAll(targets)) {
    const box = element.getBoundingClientRect();
    if (!seen(box) || element.closest(".sr, .skip")) continue;
    const isOut = box.left < -0.5 || box.right > root.clientWidth + 0.5;
    if (isOut && !element.closest(".scroll")) found.push(`out of the window: ${told(element)}`);
    const inSentence = element.matches("a, .link") && getComputedStyle(element).display === "inline";
    if (inSentence) continue;
    if (box.width < 23.5 || box.height < 23.5) found.push(`${Math.round(box.width)} × ${Math.round(box.height)}: ${told(element)}`);
    const isMain = element.matches(".btn, [type=submit], .slot input");
    if (isMain && box.height < 43.5) found.push(`button of ${Math.round(box.height)} px: ${told(element)}`);
  }
  return found;
}"""
COLOURS = """
  const read = colour => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
  const laid = (colour, under) => colour.rgb.map((part, n) => part * colour.a + under[n] * (1 - colour.a));
  const light = rgb => rgb.map(part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0);
  const grounds = new Map([[null, [255, 255, 255]]]);
  const ground = element => {
    if (!grounds.has(element)) {
      const own = read(getComputedStyle(element).backgroundColor);
      grounds.set(element, own.a === 1 ? own.rgb : laid(own, ground(element.parentElement)));
    }
    return grounds.get(element);
  };
  const ratio = (front, under) => {
    const [low, high] = [light(front), light(under)].sort((a, b) => a - b);
    return (high + .05) / (low + .05);
  };
"""
STOP = (
    "() => {"
    + COLOURS
    + """
  const focus = document.activeElement;
  if (!focus || focus === document.body) return { end: true };
  const drawn = focus.matches(".slot input") ? focus.nextElementSibling : focus;
  const lines = [...drawn.getClientRects()], inView = line => line.top >= 0 && line.bottom <= innerHeight;
  const box = lines.find(inView) ?? lines[0], style = getComputedStyle(drawn), name = focus.outerHTML.slice(0, 120);
  const bare = style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2;
  const under = ground(parseFloat(style.outlineOffset) < 0 ? drawn : drawn.parentElement);  // on which the mark is drawn
  const mark = ratio(read(style.outlineColor).rgb, under);
  const pale = mark < 3 && `a mark of ${mark.toFixed(2)} to 1 on ${name}`;
  const isTall = box.height > 60, top = isTall ? Math.max(box.top, 60) : box.top;  // what is tall shows some of itself
  const shown = [top + 3, top + Math.min(box.height, 60) - 3].map(y => {
    const hit = document.elementFromPoint(box.left + Math.min(box.width / 2, innerWidth / 2), y);
    return hit && (focus.contains(hit) || drawn.contains(hit) || hit.contains(drawn) && hit.closest("label"));
  });
  const covered = isTall ? !shown.some(Boolean) : !shown.every(Boolean);
  return { end: false, fault: bare ? "no mark on " + name : pale || (covered ? "hidden: " + name : "") };
}"""
)
FAINT = (
    "() => {"
    + COLOURS
    + """
  const reads = element => element.matches("input, select, textarea")
    || [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  return [...document.body.querySelectorAll("*")].filter(element => {
    const box = element.getBoundingClientRect();
    if (element.matches(":disabled, option, script, svg *, [type=radio], [type=checkbox]") || !reads(element)) return false;
    return box.width > 1 && box.height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  }).map(element => {
    const style = getComputedStyle(element), under = ground(element), size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
    const found = ratio(laid(read(style.color), under), under);
    return { found, least: isLarge ? 4.5 : 7, told: element.outerHTML.slice(0, 120) };
  }).filter(({ found, least }) => found < least).map(({ found, told }) => `${found.toFixed(2)} to 1: ${told}`);
}"""
)
PAINTED = (
    "() => {"
    + COLOURS
    + """
  const canvas = read(getComputedStyle(document.body).backgroundColor).rgb;
  const stands = (element, property) => ratio(read(getComputedStyle(element)[property]).rgb, canvas);
  const drawn = [...document.querySelectorAll(".chart text, .part-0")];
  const entries = [...document.querySelectorAll(".menu a:not(.btn)")];
  return {
    is_drawn: drawn.length > 0,
    dim: drawn.filter(part => stands(part, "fill") < 7).map(part => part.outerHTML),
    marked: entries.filter(entry => stands(entry, "borderBottomColor") > 1).map(entry => entry.innerText),
  };
}"""
)
BORDERLESS = """() => [...document.querySelectorAll(".btn, input:not([type=hidden]), select, textarea")].filter(element => {
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  if (box.width < 2 || element.closest(".sr, .slot")) return false;
  return style.appearance === "none" && (style.borderTopStyle === "none" || parseFloat(style.borderTopWidth) < 1);
}).map(element => "no border in forced colours: " + element.outerHTML.slice(0, 120))"""


def measured(page: Page) -> list[str]:
    """What does not fit, is cut off, or is too small to be hit; also when the reader spreads letters, words and lines
    (WCAG 1.4.12). Whatever can be opened is open, and stays so."""
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    faults: list[str] = page.evaluate(FAULTS)
    page.evaluate(SPACING)
    spread: list[str] = page.evaluate(FAULTS)
    page.evaluate("document.adoptedStyleSheets = []")
    return faults + [f"with spacing: {fault}" for fault in spread if fault not in faults]


def faint(page: Page) -> list[str]:
    """Text and fields below 7:1, or 4.5:1 when large (WCAG 1.4.6), by their colour and the ground that lies below them. Axe, which
    also asks what else might lie between, takes six times as long."""
    faults: list[str] = page.evaluate(FAINT)
    return faults


def lost_focus(page: Page) -> list[str]:
    """Every stop of Tab at which nobody sees where they are, from the top of the page to its end: no mark, one below 3:1, or
    something in front of it."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    faults: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop["end"]:
            return faults
        if stop["fault"] and stop["fault"] not in faults:
            faults.append(stop["fault"])
    return [*faults, f"more than {MOST_STOPS} stops"]


def borderless(page: Page) -> list[str]:
    """Controls that nothing bounds when the system chooses the colours."""
    page.emulate_media(forced_colors="active")
    faults: list[str] = page.evaluate(BORDERLESS)
    page.emulate_media(forced_colors="none")
    return faults
