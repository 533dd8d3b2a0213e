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
