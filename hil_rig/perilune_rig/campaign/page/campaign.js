// Draws the plots; their numbers are in the page.
(function () {
  "use strict";
  const page = JSON.parse(document.getElementById("data").textContent);
  const drawn = Object.entries(page.plots).map(([key, plot]) =>
    Plotly.newPlot(document.getElementById(key), plot.data, plot.layout, page.config),
  );
  Promise.all(drawn).then(() => (document.body.dataset.ready = "yes"));
})();
