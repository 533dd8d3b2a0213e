"use strict";
const MODE_COLOURS = /*modes*/;
const ORDER = ["coast", "armed", "braking", "approach", "terminal", "touchdown", "safed"];
const TRUTH = "#e8edf3", ESTIMATE = "#4a9fe8", LASER = "#f0923a", RADAR = "#39b98f", COMMAND = "#d4697a", GAUGE = "#b59be0";
const RECENT_S = 60;
const $ = (id) => document.getElementById(id);
const at = (name) => (i) => data[name] ? data[name][i] : null;
const plus = (a, b, k) => (i) => at(a)(i) + k * at(b)(i);
const minus = (a, b) => (i) => { const x = at(a)(i), y = at(b)(i); return x == null || y == null ? null : x - y; };
const speed = (prefix) => (i) => Math.hypot(at(prefix + "vertical_m_s")(i), at(prefix + "horizontal_m_s")(i));

// What is plotted. y: log, asinh (linear near zero, logarithmic beyond `unit`) or linear.
const PLOTS = [
  { title: "Height against speed, m, m/s", x: speed(""), y: "log", low: 0.5, xlow: 0.1, lines: [
    { name: "truth", colour: TRUTH, of: at("agl_m") },
    { name: "estimate", colour: ESTIMATE, of: at("nav_agl_m"), x: speed("nav_") } ] },
  { title: "Height, m", y: "log", low: 0.5, lines: [
    { name: "", colour: ESTIMATE, of: plus("nav_agl_m", "nav_sigma_agl_m", -3), to: plus("nav_agl_m", "nav_sigma_agl_m", 3) },
    { name: "radar", colour: RADAR, of: at("radar_agl_m"), dots: true },
    { name: "laser", colour: LASER, of: at("lrf_agl_m"), dots: true },
    { name: "estimate", colour: ESTIMATE, of: at("nav_agl_m") },
    { name: "truth", colour: TRUTH, of: at("agl_m") } ] },
  { title: "Height error, m", y: "asinh", unit: 1, lines: [
    { name: "3σ", colour: ESTIMATE, of: (i) => -3 * at("nav_sigma_agl_m")(i), to: (i) => 3 * at("nav_sigma_agl_m")(i) },
    { name: "radar", colour: RADAR, of: minus("radar_agl_m", "agl_m"), dots: true },
    { name: "laser", colour: LASER, of: minus("lrf_agl_m", "agl_m"), dots: true },
    { name: "estimate", colour: ESTIMATE, of: minus("nav_agl_m", "agl_m"), dots: true } ] },
  { title: "Speed, m/s", y: "asinh", unit: 1, lines: [
    { name: "horizontal", colour: GAUGE, of: at("horizontal_m_s") },
    { name: "vertical", colour: TRUTH, of: at("vertical_m_s") },
    { name: "estimate", colour: ESTIMATE, of: at("nav_vertical_m_s") } ] },
  { title: "Throttle and propellant, %", y: "linear", range: [0, 100], lines: [
    { name: "throttle", colour: COMMAND, of: at("throttle_percent") },
    { name: "propellant", colour: GAUGE, of: at("propellant_percent") } ] },
  { title: "Tilt, deg; body rate, deg/s", y: "linear", range: [0, 10], lines: [
    { name: "rate", colour: RADAR, of: at("rate_deg_s") },
    { name: "tilt", colour: TRUTH, of: at("tilt_deg") } ] },
];
const NUMBERS = [
  ["height", at("agl_m"), "m"], ["vertical", at("vertical_m_s"), "m/s"],
  ["horizontal", at("horizontal_m_s"), "m/s"], ["tilt", at("tilt_deg"), "deg"],
  ["downrange", (i) => at("downrange_m")(i) / 1000, "km"], ["height 1σ", at("nav_sigma_agl_m"), "m"],
  ["throttle", at("throttle_percent"), "%"], ["propellant", at("propellant_percent"), "%"],
  ["time to go", at("time_to_go_s"), "s"], ["board tick", (i) => at("tick_us")(i) / 1000 || null, "ms"],
];
let data = { time_s: [] }, happenings = [], result = null, recent = false, hover = null, wall = [], dirty = true;

function show(value) {
  if (value == null || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  return size < 0.005 ? "0.00" : value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : 2).replace("-", "−");
}

/* the feed */
function take(message) {
  if (message.flight) start(message.flight);
  for (const [name, values] of Object.entries(message.columns || {})) (data[name] = data[name] || []).push(...values);
  if (message.columns) pace();
  for (const item of message.happenings || []) happen(item);
  if (message.result) finish(message.result);
  if (message.campaign) campaign(message.campaign);
  dirty = true;
}
function start(flight) {
  data = { time_s: [] }; happenings = []; result = null; wall = [];
  $("title").textContent = flight.title || "Perilune";
  const facts = [flight.scenario, flight.vehicle && "vehicle " + flight.vehicle, flight.seed != null && "seed " + flight.seed,
    flight.rung && "rung " + flight.rung, flight.policy && "policy " + flight.policy];
  $("about").textContent = facts.filter(Boolean).join(", ") || "waiting for a flight";
  $("events").replaceChildren();
  document.title = (flight.scenario || "") + " – Perilune";
  state(flight.scenario ? "live" : "wait", flight.scenario ? "in flight" : "waiting");
}
function happen(item) {
  happenings.push(item);
  const row = document.createElement("li"), when = document.createElement("time"), what = document.createElement("span");
  when.textContent = item.time_s.toFixed(1);
  what.textContent = item.kind === "mode" ? item.text.replace("_", " ") : item.text;
  what.className = item.kind;
  row.append(when, what);
  $("events").prepend(row);
}
function finish(found) {
  result = Object.assign(result || {}, found);
  const verdict = result.verdict || "";
  state(verdict || "wait", [verdict.toUpperCase(), (result.outcome || "").replace("_", " ")].filter(Boolean).join(": "));
}
function campaign(now) {
  $("campaign").hidden = false;
  for (const kind of ["pass", "fail"]) $("bar-" + kind).style.width = 100 * (now[kind + "ed"] || 0) / (now.total || 1) + "%";
  const counts = `${now.name || "campaign"}: ${now.done} of ${now.total}, ${now.passed} passed, ${now.failed} failed`;
  $("campaign-text").textContent = now.text ? `${counts}; ${now.text}` : counts;
}
function state(kind, text) { $("state").className = "state " + kind; $("state").textContent = text; }
function pace() {
  const now = performance.now() / 1000, time = data.time_s.at(-1);
  wall.push([now, time]);
  while (wall.length > 2 && now - wall[0][0] > 3) wall.shift();
  const span = now - wall[0][0], rate = (time - wall[0][1]) / span;
  $("rate").textContent = span > 0.5 && !result ? `${rate >= 9.95 ? rate.toFixed(0) : rate.toFixed(1)} × real time` : "";
  $("clock").textContent = time.toFixed(1) + " s";
}

/* drawing: canvas, since a plotting library's redraw ten times a second would take the flight's processor */
function scale(kind, unit) {
  if (kind === "log") return Math.log10;
  return kind === "asinh" ? (value) => Math.asinh(value / unit) : (value) => value;
}
function ticks(kind, low, high, unit) {
  const found = [];
  if (kind === "linear") {
    const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((k) => k * power >= rough);
    for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step) found.push(Math.abs(v) < step / 1e6 ? 0 : v);
    return found;
  }
  if (kind === "asinh") found.push(0);
  const between = (kind === "log" ? high / low < 300 : Math.max(high, -low) < 30 * unit) ? [1, 2, 5] : [1];
  for (let e = -2; e <= 6; e++) for (const k of between) {
    const v = k * 10 ** e;
    if (kind === "log" || v > unit * 0.9) { found.push(v); if (kind === "asinh") found.push(-v); }
  }
  return found.filter((v) => v >= low && v <= high);
}
function short(v) {
  const size = Math.abs(v), text = size >= 1e4 ? v / 1000 + "k" : size >= 1 || v === 0 ? String(+v.toFixed(1)) : String(+v.toPrecision(1));
  return text.replace("-", "−");
}
function extent(plot, indices) {
  let low = Infinity, high = -Infinity;
  for (const line of plot.lines) for (const of of [line.of, line.to]) if (of) for (const i of indices) {
    const v = of(i);
    if (v != null && Number.isFinite(v)) { if (v < low) low = v; if (v > high) high = v; }
  }
  if (plot.range) { low = Math.min(low, plot.range[0]); high = Math.max(high, plot.range[1]); }
  if (plot.low) { low = Math.max(low, plot.low); high = Math.max(high, 2 * plot.low); }
  if (low > high) [low, high] = [0.5, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}
function shown(width) {
  const time = data.time_s, n = time.length, first = recent ? lowest(time, time.at(-1) - RECENT_S) : 0;
  const stride = Math.max(1, Math.ceil((n - first) / (2 * width))), indices = [];
  for (let i = n - 1; i >= first; i -= stride) indices.push(i);
  return indices.reverse();
}
function lowest(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) { const mid = (low + high) >> 1; if (sorted[mid] < value) low = mid + 1; else high = mid; }
  return low;
}
function draw(plot) {
  const { canvas } = plot, ratio = window.devicePixelRatio || 1, W = canvas.clientWidth, H = canvas.clientHeight;
  if (canvas.width !== Math.round(W * ratio)) canvas.width = Math.round(W * ratio);
  if (canvas.height !== Math.round(H * ratio)) canvas.height = Math.round(H * ratio);
  const c = canvas.getContext("2d");
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, W, H);
  const box = { l: 44, r: W - 8, t: 6, b: H - 20 }, indices = shown(W);
  if (!indices.length || box.b < 40) return;
  const [low, high] = extent(plot, indices), fy = scale(plot.y, plot.unit), span = [fy(low), fy(high)];
  const pad = (span[1] - span[0]) * 0.04 || 1;
  const y = (v) => box.b - (fy(v) - span[0] + pad) / (span[1] - span[0] + 2 * pad) * (box.b - box.t);
  const time = data.time_s, from = time[indices[0]], to = Math.max(time.at(-1), from + 1);
  let x, xkind = "linear", xlow = from, xhigh = to;
  if (plot.x) {
    const speeds = indices.map(plot.x).filter(Number.isFinite);
    xkind = "log"; xlow = Math.max(Math.min(...speeds), plot.xlow); xhigh = Math.max(...speeds, 2 * xlow);
  }
  const fx = scale(xkind), x0 = fx(xlow), x1 = fx(xhigh);
  x = (v) => box.l + (fx(Math.max(v, xlow)) - x0) / (x1 - x0) * (box.r - box.l);
  if (!plot.x) bands(c, box, x, from, to);
  axes(c, plot, box, x, y, ticks(xkind, xlow, xhigh), ticks(plot.y, low, high, plot.unit));
  c.save();
  c.beginPath(); c.rect(box.l, box.t, box.r - box.l, box.b - box.t); c.clip();
  for (const line of plot.lines) stroke(c, plot, line, indices, x, (v) => y(plot.low ? Math.max(v, plot.low) : v));
  if (!plot.x) marks(c, box, x);
  c.restore();
  legend(plot);
}
function bands(c, box, x, from, to) {
  const entered = happenings.filter((item) => item.kind === "mode");
  entered.forEach((item, n) => {
    const a = Math.max(x(Math.max(item.time_s, from)), box.l), b = n + 1 < entered.length ? x(Math.min(entered[n + 1].time_s, to)) : box.r;
    if (b <= a) return;
    c.globalAlpha = 0.1; c.fillStyle = MODE_COLOURS[item.text] || "#888";
    c.fillRect(a, box.t, b - a, box.b - box.t);
    c.globalAlpha = 0.9; c.fillRect(a, box.t, b - a, 2);
  });
  c.globalAlpha = 1;
}
function axes(c, plot, box, x, y, xs, ys) {
  c.font = "11px Inter, 'Liberation Sans', Arial, sans-serif"; c.lineWidth = 1; c.strokeStyle = "#25303c"; c.fillStyle = "#8393a5";
  c.textBaseline = "middle"; c.textAlign = "right";
  let last = Infinity;
  for (const v of ys.sort((a, b) => a - b)) {
    const at = Math.round(y(v)) + 0.5;
    line(c, box.l, at, box.r, at, v === 0 && plot.y === "asinh" ? "#3d4c5c" : "#25303c");
    if (last - at > 12) { c.fillText(short(v), box.l - 5, at); last = at; }
  }
  c.textBaseline = "top"; c.textAlign = "center";
  for (const v of xs) {
    const at = Math.round(x(v)) + 0.5;
    line(c, at, box.t, at, box.b, "#25303c");
    if (at < box.r - 8) c.fillText(short(v), at, box.b + 5);
  }
  c.strokeStyle = "#3d4c5c"; c.strokeRect(box.l + 0.5, box.t + 0.5, box.r - box.l - 1, box.b - box.t - 1);
}
function line(c, a, b, d, e, colour) { c.strokeStyle = colour; c.beginPath(); c.moveTo(a, b); c.lineTo(d, e); c.stroke(); }
function stroke(c, plot, spec, indices, x, y) {
  const xof = spec.x || plot.x || at("time_s");
  c.strokeStyle = c.fillStyle = spec.colour; c.lineWidth = 1.6; c.lineJoin = "round";
  if (spec.dots) {
    for (const i of indices) { const v = spec.of(i); if (v != null) c.fillRect(x(xof(i)) - 1, y(v) - 1, 2, 2); }
    return;
  }
  c.beginPath();
  let open = false;
  for (const i of indices) {
    const v = spec.of(i);
    if (v == null || !Number.isFinite(v)) { open = false; continue; }
    if (open) c.lineTo(x(xof(i)), y(v)); else c.moveTo(x(xof(i)), y(v));
    open = true;
  }
  if (!spec.to) { c.stroke(); return; }
  for (let k = indices.length - 1; k >= 0; k--) c.lineTo(x(xof(indices[k])), y(spec.to(indices[k])));
  c.globalAlpha = 0.2; c.fill(); c.globalAlpha = 1;
}
function marks(c, box, x) {
  for (const item of happenings) if (item.kind === "fault") line(c, x(item.time_s), box.t, x(item.time_s), box.b, "#e5534b88");
  if (hover != null) line(c, x(hover), box.t, x(hover), box.b, "#ffffff66");
  plot_box = box;
}
let plot_box = null;
function looked() { return hover == null ? data.time_s.length - 1 : Math.min(lowest(data.time_s, hover), data.time_s.length - 1); }
function legend(plot) {
  const i = looked();
  plot.lines.forEach((spec, n) => { plot.legend[n].textContent = spec.to ? spec.name : `${spec.name} ${show(spec.of(i))}`; });
}

/* the rest of the page */
function redraw() {
  if (!dirty) return;
  dirty = false;
  const i = looked();
  NUMBERS.forEach(([, of], n) => { cells[n].textContent = i < 0 ? "–" : show(of(i)); });
  modeStrip();
  PLOTS.forEach(draw);
}
function modeStrip() {
  const entered = happenings.filter((item) => item.kind === "mode"), now = entered.at(-1);
  const others = entered.map((item) => item.text).filter((name) => !ORDER.includes(name) && name !== "standby");
  const names = [...ORDER];
  for (const name of new Set(others)) names.splice(name === "hold" ? 4 : names.length, 0, name);
  $("modes").replaceChildren(...names.map((name) => {
    const cell = document.createElement("li"), first = entered.find((item) => item.text === name);
    cell.textContent = name.replace("_", " ");
    if (first) {
      cell.style.borderTopColor = MODE_COLOURS[name];
      cell.className = now.text === name ? "now" : "past";
      const when = document.createElement("span");
      when.textContent = first.time_s.toFixed(1);
      cell.append(when);
    }
    return cell;
  }));
}
for (const plot of PLOTS) {
  const figure = document.createElement("figure"), caption = document.createElement("figcaption"), title = document.createElement("b");
  title.textContent = plot.title;
  plot.legend = plot.lines.map((spec) => { const item = document.createElement("span"); item.style.color = spec.colour; item.textContent = spec.name; return item; });
  caption.append(title, ...plot.legend);
  plot.canvas = document.createElement("canvas");
  figure.append(caption, plot.canvas);
  $("plots").append(figure);
  if (plot.x) continue;
  plot.canvas.onmousemove = (event) => {
    if (!plot_box || !data.time_s.length) return;
    const part = (event.offsetX - plot_box.l) / (plot_box.r - plot_box.l), to = data.time_s.at(-1);
    const from = recent ? Math.max(data.time_s[0], to - RECENT_S) : data.time_s[0];
    hover = part < 0 || part > 1 ? null : from + part * (to - from);
    dirty = true;
  };
  plot.canvas.onmouseleave = () => { hover = null; dirty = true; };
}
const cells = NUMBERS.map(([name, , unit]) => {
  const box = document.createElement("div"), term = document.createElement("dt"), cell = document.createElement("dd");
  const value = document.createElement("span"), small = document.createElement("small");
  term.textContent = name; value.textContent = "–"; small.textContent = " " + unit;
  cell.append(value, small); box.append(term, cell); $("numbers").append(box);
  return value;
});
function toggle() { recent = !recent; $("window").textContent = recent ? `last ${RECENT_S} s` : "whole flight"; dirty = true; }
$("window").onclick = toggle;
document.onkeydown = (event) => { if (event.key === "w") toggle(); };
window.onresize = () => { dirty = true; };
(function frame() { redraw(); requestAnimationFrame(frame); })();

const feed = new EventSource("feed");
feed.onopen = () => { document.body.classList.remove("lost"); };
feed.onmessage = (event) => { document.body.classList.remove("lost"); take(JSON.parse(event.data)); };
feed.onerror = () => {
  document.body.classList.add("lost");
  if (!result) state("wait", "no connection");
  $("rate").textContent = result ? "waiting for the next flight" : "trying again";
};
modeStrip();
