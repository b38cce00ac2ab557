// Teaches the classic Notebook (nbclassic, Notebook 6) to draw Plotly's figures. In any other page it does nothing.
// It must be done when it returns: the figures of the cells below may be there already.

(() => {
  const notebook = globalThis.Jupyter?.notebook, MIME = "application/vnd.plotly.v1+json";
  if (!notebook || !globalThis.requirejs?.defined("notebook/js/outputarea")) return;
  const { OutputArea } = requirejs("notebook/js/outputarea");
  if (OutputArea.append_map[MIME]) return;

  let library; // loaded by the first figure, once for the page
  const plotly = () =>
    (library ??= new Promise((resolve, reject) => {
      const onload = () => resolve(globalThis.Plotly);
      const src = `${notebook.base_url}nbextensions/FOLDER/plotly.min.js`;
      document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror: reject }));
    }));

  function append(figure, metadata, element) {
    const place = this.create_output_subarea(metadata, "output_plotly", MIME);
    place[0].style.minHeight = `${figure.layout?.height ?? 450}px`;
    element.append(place);
    plotly()
      .then((Plotly) => Plotly.newPlot(place[0], { ...figure, config: { ...figure.config, responsive: true } }))
      .catch(() => place.text("plotly.js could not be loaded: restart the kernel and run the first cell again."));
    return place;
  }
  const beforeWords = OutputArea.display_order.indexOf("text/html"); // after widgets, which stand before it
  OutputArea.prototype.register_mime_type(MIME, append, { safe: true, index: beforeWords });
})();
