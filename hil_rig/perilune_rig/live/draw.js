"use strict";
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

