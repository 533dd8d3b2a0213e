// Draws the plots from shared columns, and makes plots over time zoom and hover together.
(function () {
  "use strict";
  const page = JSON.parse(document.getElementById("data").textContent);
  const columns = {};
  for (const [name, text] of Object.entries(page.columns)) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    columns[name] = new Float32Array(bytes.buffer);
  }
  const resolve = (value) => (typeof value === "string" && value[0] === "@" ? columns[value.slice(1)] : value);
  const linked = {};

  // first index whose time is not before t
  const indexAt = (t) => {
    let low = 0;
    let high = columns.time_s.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (columns.time_s[middle] < t) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  // y range of a plot's lines within a range of time; samples of sensors may lie outside it
  const heightOf = (plot, [start, end]) => {
    const axis = plot.layout.yaxis;
    const log = axis.type === "log";
    let low = axis.rangemode === "tozero" ? 0 : Infinity;
    let high = axis.rangemode === "tozero" ? 0 : -Infinity;
    const [first, last] = [indexAt(start), indexAt(end)];
    for (const trace of plot.data) {
      if (trace.mode !== "lines" || trace.yaxis === "y2") continue;
      const y = resolve(trace.y);
      for (let i = first; i <= last; i++) {
        if (y[i] < low) low = y[i];
        if (y[i] > high) high = y[i];
      }
    }
    if (!(high >= low)) return axis.range || [0, 1];
    if (log) [low, high] = [Math.log10(low), Math.log10(high)];
    const margin = 0.06 * (high - low) || 0.5;
    return [axis.rangemode === "tozero" ? Math.min(low - margin / 3, 0) : low - margin, high + margin];
  };

  for (const [key, plot] of Object.entries(page.plots)) {
    if (plot.linked) {
      plot.fixed = plot.layout.yaxis.range;
      plot.layout.yaxis.range = plot.fixed || heightOf(plot, plot.layout.xaxis.range);
      plot.whole = { "xaxis.range": plot.layout.xaxis.range.slice(), "yaxis.range": plot.layout.yaxis.range.slice() };
    }
    const element = document.getElementById(key);
    const data = plot.data.map((trace) => ({ ...trace, x: resolve(trace.x), y: resolve(trace.y) }));
    Plotly.newPlot(element, data, plot.layout, page.config);
    if (plot.linked) {
      (linked[plot.linked] ||= []).push(element);
    }
  }

  const visible = (element) => {
    const box = element.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  };

  const modeAt = (t) => {
    let mode = "";
    for (const [start, name] of page.modes) if (start <= t + 1e-3) mode = name;
    return mode;
  };

  const readout = document.getElementById("readout");
  const cell = (name, value) => `<span><b>${name}</b>${value}</span>`;
  const showReadout = (t) => {
    const i = indexAt(t);
    const at = (name, digits) => columns[name][i].toFixed(digits);
    readout.hidden = false;
    readout.innerHTML =
      cell("t", `${at("time_s", 1)} s`) +
      cell("mode", modeAt(columns.time_s[i])) +
      cell("height", `${at("agl_m", 1)} m`) +
      cell("vertical", `${at("vertical_m_s", 2)} m/s`) +
      cell("horizontal", `${at("horizontal_m_s", 2)} m/s`) +
      cell("tilt", `${at("tilt_deg", 1)}°`) +
      cell("throttle", `${at("throttle_percent", 0)} %`) +
      cell("propellant", `${at("propellant_kg", 1)} kg`);
  };

  let busy = false;
  for (const group of Object.values(linked)) {
    for (const element of group) {
      const others = group.filter((other) => other !== element);
      element.on("plotly_hover", (event) => {
        if (busy) return;
        busy = true;
        const t = event.xvals ? event.xvals[0] : event.points[0].x;
        showReadout(t);
        for (const other of others) if (visible(other)) Plotly.Fx.hover(other, { xval: t }, "xy");
        busy = false;
      });
      element.on("plotly_unhover", () => {
        if (busy) return;
        busy = true;
        readout.hidden = true;
        for (const other of others) Plotly.Fx.unhover(other);
        busy = false;
      });
      element.on("plotly_relayout", (change) => {
        if (busy) return;
        const reset = change["xaxis.autorange"];
        const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
        if (range[0] === undefined && !reset) return;
        zoom(change["yaxis.range[0]"] === undefined ? group : others, reset ? null : range);
      });
    }
  }

  // show a range of time in a group of plots, null: all of it
  function zoom(group, range) {
    busy = true;
    const show = (element) => {
      const plot = page.plots[element.id];
      const part = range && { "xaxis.range": range, "yaxis.range": plot.fixed || heightOf(plot, range) };
      return Plotly.relayout(element, part || plot.whole);
    };
    Promise.all(group.map(show)).then(() => (busy = false));
  }

  for (const row of document.querySelectorAll("tr[data-start]")) {
    const [start, end] = [Number(row.dataset.start), Number(row.dataset.end)];
    row.addEventListener("click", () => zoom(linked.whole, [start, end]));
  }

  window.addEventListener("beforeprint", () => {
    for (const group of Object.values(linked)) group.forEach((element) => Plotly.Fx.unhover(element));
  });
  document.body.dataset.ready = "yes";
})();
