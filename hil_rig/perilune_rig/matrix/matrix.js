"use strict";
// The panel of details: follows the pointer, stays with the cell that was clicked.
(() => {
  const cells = JSON.parse(document.getElementById("cells").textContent);
  const panel = document.getElementById("details");
  let kept = null;

  const entry = (list, name, text) => {
    if (!text) return;
    list.append(Object.assign(document.createElement("dt"), { textContent: name }));
    list.append(Object.assign(document.createElement("dd"), { textContent: text }));
  };

  const show = (place) => {
    panel.replaceChildren();
    for (const index of place.dataset.cells.split(" ").filter(Boolean)) {
      const cell = cells[Number(index)];
      const list = document.createElement("dl");
      panel.append(Object.assign(document.createElement("h4"), { textContent: cell.title }), list);
      entry(list, "verdict", `${cell.verdict}: ${cell.outcome}${cell.reason ? ": " + cell.reason : ""}`);
      entry(list, "bound", cell.bound);
      entry(list, "touchdown", cell.landing);
      entry(list, "propellant left", cell.left);
      entry(list, "detected", `${cell.detected}; isolated ${cell.isolated}`);
      entry(list, "also not met", cell.missed);
      entry(list, "false alarms", cell.alarms.join("\n"));
      entry(list, "fault events", cell.events.join("\n"));
      entry(list, "fly it", cell.command);
    }
    panel.hidden = panel.childElementCount === 0;
  };

  for (const place of document.querySelectorAll("[data-cells]")) {
    place.addEventListener("mouseenter", () => kept || show(place));
    place.addEventListener("click", () => {
      kept?.classList.remove("kept");
      kept = kept === place ? null : place;
      kept?.classList.add("kept");
      show(place);
    });
  }
})();
