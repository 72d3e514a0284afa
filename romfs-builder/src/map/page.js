"use strict";
// A treemap: areas are bytes. Folders hold their entries, files are striped by the kinds of their bytes.
const data = JSON.parse(document.getElementById("data").textContent);
const NS = "http://www.w3.org/2000/svg";
const svg = document.getElementById("map");
const tiles = document.getElementById("tiles");
const figures = document.getElementById("figures");

// Okabe and Ito's colours, which people with any colour vision can tell apart, and a pattern each for those without.
const KINDS = {
  "bytecode": ["#56B4E9", ""],
  "native code": ["#CC79A7", "M0 0L8 8M8 0L0 8"],
  "names": ["#F0E442", "M0 4H8"],
  "constants": ["#E69F00", "M-2 2L2 -2M0 8L8 0M6 10L10 6"],
  "data": ["#62C8A8", "M2 2h1v1h-1zM6 6h1v1h-1z"],
  "records": ["#C8C8C8", "M4 0V8"],
  "padding": ["#F5F5F5", "M-2 6L2 10M0 0L8 8M6 -2L10 2"],
};
const HEAD = 18;   // height of a folder's label
const GAP = 2;
const LINE = 15;

function element(name, attributes, parent) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (parent) parent.append(made);
  return made;
}

const number = new Intl.NumberFormat("en");
const bytes = n => number.format(n) + (n === 1 ? " byte" : " bytes");
const share = (n, of) => (of ? (100 * n / of).toFixed(1) : "0.0") + " %";

// Every node knows the way to it.
function link(node, parent) {
  node.parent = parent;
  node.path = parent ? (parent.path === "/" ? "/" : parent.path + "/") + node.name : "/";
  for (const child of node.children || []) link(child, node);
}
link(data.root, null);

function describe(node) {
  const text = [node.path + ": " + bytes(node.bytes) + ", " + share(node.bytes, data.bytes) + " of the image"];
  if (node.part) text.push(node.part);
  else text.push(Object.entries(node.parts).map(([part, n]) => part + " " + number.format(n)).join(", "));
  if (node.saved) text.push(bytes(node.saved) + " saved by storing equal contents once" + (node.same_as ? " (same as /" + node.same_as + ")" : ""));
  if (node.ram) text.push("importing " + (node.kind === "folder" ? "all of it " : "") + "costs about " + bytes(node.ram) + " of RAM");
  return text.join("; ");
}

// What a node is opened into: a folder's entries, or the kinds of a file's bytes.
function entries(node) {
  if (node.part) return [];
  if (node.kind === "folder") {
    const own = node.bytes - (node.children || []).reduce((sum, child) => sum + child.bytes, 0);
    const all = [...node.children || []];
    if (own > 0) all.push({ name: "(records of the folder)", part: "records", parts: { records: own }, bytes: own, parent: node, path: node.path });
    return all;
  }
  return Object.entries(node.parts).map(([part, n]) => ({ name: part, part, parts: { [part]: n }, bytes: n, parent: node, path: node.path }));
}

// Squarified treemap (Bruls, Huizing and van Wijk): rectangles for `nodes`, the largest first.
function layout(nodes, x, y, w, h) {
  const items = nodes.filter(n => n.bytes > 0).sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  const total = items.reduce((sum, n) => sum + n.bytes, 0);
  if (!total || w <= 0 || h <= 0) return [];
  const scale = w * h / total;
  const placed = [];
  let row = [];
  const worst = (row, side) => {
    const sum = row.reduce((s, n) => s + n.bytes, 0) * scale;
    const thick = sum / side;
    return Math.max(...[row[0], row[row.length - 1]].map(n => {
      const long = n.bytes * scale / thick;
      return Math.max(thick / long, long / thick);
    }));
  };
  const flush = () => {
    const sum = row.reduce((s, n) => s + n.bytes, 0) * scale;
    const upright = w >= h;
    const thick = sum / (upright ? h : w);
    let at = upright ? y : x;
    for (const node of row) {
      const long = node.bytes * scale / thick;
      placed.push(upright ? { node, x, y: at, w: thick, h: long } : { node, x: at, y, w: long, h: thick });
      at += long;
    }
    if (upright) { x += thick; w -= thick; } else { y += thick; h -= thick; }
    row = [];
  };
  for (const node of items) {
    const side = Math.min(w, h);
    if (row.length && worst([...row, node], side) > worst(row, side)) flush();
    row.push(node);
  }
  if (row.length) flush();
  return placed;
}

// A label that stays within its room, shortened in the middle; none where hardly anything of it would be left.
const measure = document.createElement("canvas").getContext("2d");
const family = getComputedStyle(document.body).fontFamily;
function fitted(text, room, bold) {
  measure.font = (bold ? "600 " : "") + "12px " + family;
  const fits = t => measure.measureText(t).width + 2 <= room;
  if (fits(text)) return text;
  const letters = Array.from(text);
  const shortened = keep => {
    const head = Math.ceil(keep / 2);
    return letters.slice(0, head).join("") + "…" + letters.slice(letters.length - (keep - head)).join("");
  };
  let low = 2, high = letters.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(shortened(middle))) low = middle; else high = middle;
  }
  return low >= 3 ? shortened(low) : "";
}

let unchecked = [];
function label(group, text, x, y, room, bold, whole) {
  if (room < 24) return;
  const shown = fitted(text, room, bold);
  if (!shown || (whole && shown !== text)) return;
  const made = element("text", { x, y }, group);
  made.textContent = shown;
  unchecked.push([made, room]);
}

// The browser has the last word on widths; asked once for all, so that it lays the page out once.
function checkLabels() {
  const wide = unchecked.filter(([made, room]) => made.getComputedTextLength() > room);
  for (const [made] of wide) made.remove();
  unchecked = [];
}

function stripes(group, node, x, y, w, h) {
  const all = Object.entries(node.parts);
  const total = all.reduce((sum, [, n]) => sum + n, 0);
  let at = 0;
  for (const [part, n] of all) {
    const long = n / total * (w >= h ? w : h);
    const place = w >= h ? { x: x + at, y, width: long, height: h } : { x, y: y + at, width: w, height: long };
    element("rect", { ...place, fill: KINDS[part][0] }, group);
    if (KINDS[part][1] && long >= 3 && Math.min(w, h) >= 6) element("rect", { ...place, fill: "url(#" + id(part) + ")" }, group);
    at += long;
  }
}

function tile(node, place, parent) {
  const { x, y, w, h } = place;
  const isFolder = node.kind === "folder" && !node.part;
  const opens = entries(node).length > 0;
  const group = element("g", { class: "tile" + (isFolder ? " folder" : "") + (opens ? " opens" : ""), tabindex: "-1", role: opens ? "button" : "img", "aria-label": describe(node) }, parent);
  group.node = node;
  group.place = place;
  if (isFolder) element("rect", { class: "ground", x, y, width: w, height: h }, group);
  else stripes(group, node, x, y, w, h);
  element("rect", { class: "frame", x, y, width: w, height: h }, group);
  return group;
}

let current = data.root;
let shown = [];

function show(node, focused) {
  current = node;
  const box = svg.getBoundingClientRect();
  const width = Math.max(box.width, 100), height = Math.max(box.height, 100);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  tiles.replaceChildren();
  shown = [];
  for (const place of layout(entries(node), 0, 0, width, height)) {
    const group = tile(place.node, place, tiles);
    shown.push(group);
    const { x, y, w, h } = place;
    if (!group.classList.contains("folder")) {
      if (h >= LINE + 4) label(group, place.node.name, x + 4, y + 14, w - 8, false);
      if (h >= 2 * LINE + 4) label(group, bytes(place.node.bytes), x + 4, y + 14 + LINE, w - 8, false, true);
      continue;
    }
    // A folder shows what is in it where there is room for that and its own name.
    const room = h > HEAD + 12 && w > 24;
    if (h >= HEAD) label(group, place.node.name + "/  " + bytes(place.node.bytes), x + 4, y + 13, w - 8, true);
    const inner = room ? [x + GAP, y + HEAD, w - 2 * GAP, h - HEAD - GAP] : [x + 1, y + 1, w - 2, h - 2];
    for (const within of layout(entries(place.node), ...inner)) {
      const deep = element("g", { class: "inner" }, group);
      stripes(deep, within.node, within.x, within.y, within.w, within.h);
      element("rect", { class: "frame", x: within.x, y: within.y, width: within.w, height: within.h, fill: "none", stroke: "#fff" }, deep);
      if (room && within.h >= LINE + 4) label(deep, within.node.name, within.x + 4, within.y + 14, within.w - 8, false);
    }
    // The frame belongs on top of what is inside.
    group.append(group.querySelector(":scope > rect.frame"));
  }
  checkLabels();
  const wanted = shown.find(g => g.node === focused || g.node.path === (focused && focused.path)) || shown[0];
  if (wanted) wanted.setAttribute("tabindex", "0");
  way();
  figures.textContent = describe(node);
  if (focused && wanted) wanted.focus();
}

function way() {
  const nav = document.getElementById("way");
  nav.replaceChildren();
  const chain = [];
  for (let node = current; node; node = node.parent) chain.unshift(node);
  chain.forEach((node, index) => {
    const last = index === chain.length - 1;
    const made = document.createElement(last ? "span" : "button");
    made.textContent = node === data.root ? data.title : node.name;
    if (!last) made.addEventListener("click", () => show(node, chain[index + 1]));
    nav.append(made);
  });
}

function focus(group) {
  if (!group) return;
  for (const other of shown) other.setAttribute("tabindex", "-1");
  group.setAttribute("tabindex", "0");
  group.focus();
}

// The tile that lies in a direction: the nearest one whose centre is there.
function towards(from, dx, dy) {
  const centre = g => [g.place.x + g.place.w / 2, g.place.y + g.place.h / 2];
  const [fx, fy] = centre(from);
  let best = null, least = Infinity;
  for (const group of shown) {
    const [gx, gy] = centre(group);
    const along = (gx - fx) * dx + (gy - fy) * dy;
    const across = Math.abs((gx - fx) * dy) + Math.abs((gy - fy) * dx);
    if (along <= 0.5) continue;
    const far = along + 2 * across;
    if (far < least) { least = far; best = group; }
  }
  return best;
}

const open = group => { if (entries(group.node).length) show(group.node, entries(group.node).sort((a, b) => b.bytes - a.bytes)[0]); };
const up = () => { if (current.parent) show(current.parent, current); };

svg.addEventListener("click", event => { const group = event.target.closest(".tile"); if (group) open(group); });
svg.addEventListener("mouseover", event => { const group = event.target.closest(".tile"); if (group) figures.textContent = describe(group.node); });
svg.addEventListener("focusin", event => { const group = event.target.closest(".tile"); if (group) figures.textContent = describe(group.node); });
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const group = document.activeElement && document.activeElement.closest(".tile");
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (moves[event.key]) focus(group ? towards(group, ...moves[event.key]) : shown[0]);
  else if ((event.key === "Enter" || event.key === " ") && group) open(group);
  else if (event.key === "Escape" || event.key === "Backspace") up();
  else if (event.key === "Home") focus(shown[0]);
  else return;
  event.preventDefault();
});

const id = part => "p-" + part.replace(/ /g, "-");
function patterns() {
  const defs = svg.querySelector("defs");
  for (const [part, [, path]] of Object.entries(KINDS)) {
    if (!path) continue;
    const pattern = element("pattern", { id: id(part), width: 8, height: 8, patternUnits: "userSpaceOnUse" }, defs);
    element("path", { d: path, stroke: "#555", "stroke-width": 1, fill: "none" }, pattern);
  }
}

function header() {
  document.querySelector("h1").textContent = data.title + ": " + bytes(data.bytes);
  const fit = data.fit ? share(data.bytes, data.fit.capacity) + " of partition " + data.fit.partition + " of " + data.fit.board + ", " + bytes(data.fit.free) + " free; " : "";
  const saved = data.root.saved ? bytes(data.root.saved) + " saved by storing equal contents once; " : "";
  const ram = data.root.modules ? "importing all " + data.root.modules + " modules costs about " + bytes(data.root.ram) + " of RAM (" + data.ram_of + "), the rest stays in flash" : "no modules";
  document.getElementById("fit").textContent = fit + saved + ram;
  for (const [part, n] of Object.entries(data.root.parts)) {
    const item = document.createElement("li");
    const key = element("svg", { viewBox: "0 0 18 14", "aria-hidden": "true" });
    element("rect", { width: 18, height: 14, fill: KINDS[part][0], stroke: "#555" }, key);
    if (KINDS[part][1]) element("rect", { width: 18, height: 14, fill: "url(#" + id(part) + ")" }, key);
    item.append(key, part + " " + bytes(n) + ", " + share(n, data.bytes));
    document.getElementById("legend").append(item);
  }
}

patterns();
header();
show(data.root, null);
let pending = 0;
addEventListener("resize", () => { cancelAnimationFrame(pending); pending = requestAnimationFrame(() => show(current, null)); });
