// Draws the data of a card with CircuitsVis, in place of the card's plain picture.
// This file and circuitsvis.js lie side by side where the notebook's server finds them. It is an ordinary script, not a
// module: a frame without an origin of its own may load it too. Every card asks for it; a page draws with the first.

window.courseCircuits ??= (() => {
  // CircuitsVis fills the width it is given: a square of attention over a whole page would not fit its height.
  const WIDTH = { AttentionPattern: "620px", AttentionHeads: "760px" };
  // A token's value opens below it, and an output cuts off what hangs over its edge.
  const ROOM = { ColoredTokens: "65px", TextNeuronActivations: "65px", TopkSamples: "65px" };
  const address = new URL("circuitsvis.js", document.currentScript.src);
  let library;

  // The plain picture stays whenever anything fails: the page is as good as without scripts.
  function draw(card) {
    // Charts measure the page, so a card waits until it can be seen.
    const seen = new IntersectionObserver(async (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      try {
        await replace(card);
      } catch (error) {
        console.warn("CircuitsVis does not draw here, the plain picture stays:", error);
      }
    });
    seen.observe(card);
  }

  async function replace(card) {
    const { component, props } = JSON.parse(card.querySelector("script[type='application/json']").textContent);
    const pictures = [...card.querySelectorAll("img")];
    if (pictures.length) props.attention = await Promise.all(pictures.map(hundredths));
    if (component === "AttentionPattern") props.attention = props.attention[0];
    const { render, [component]: element } = await circuitsVis();
    const plain = card.querySelector("div");
    const place = document.createElement("div");
    place.id = `circuits-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    place.style.position = "relative"; // CircuitsVis puts the name of a head into a corner of its container
    place.style.whiteSpace = "normal";
    place.style.maxWidth = WIDTH[component] ?? "none";
    place.style.paddingBottom = ROOM[component] ?? "0";
    card.insertBefore(place, plain);
    render(place.id, element, literal(props));
    await drawn(place);
    const layers = place.querySelector("#layer-selector"); // there is only one
    if (layers) layers.parentElement.parentElement.style.display = "none";
    plain.style.display = "none";
  }

  function circuitsVis() {
    library ??= new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => done(window.CircuitsVis);
      script.onerror = () => fail(new Error(`${address} is not there`));
      document.head.append(script);
    });
    return library;
  }

  // React draws later and keeps its errors to itself, so the plain picture goes only when something else is there.
  async function drawn(place) {
    for (let frame = 0; frame < 300; frame++) {
      await new Promise(requestAnimationFrame);
      if (place.firstElementChild) return;
    }
    place.remove();
    throw new Error("nothing was drawn");
  }

  // CircuitsVis inserts tokens as HTML. A word joiner (no width, no break) behind < and & keeps them what they are.
  function literal(value) {
    if (typeof value === "string") return value.replace(/[<&]/g, "$&\u2060");
    if (Array.isArray(value)) return value.map(literal);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, literal(each)]));
  }

  // The numbers of a picture [row, column], read from the PNG itself: a byte per pixel, in hundredths, 101 for masked.
  async function hundredths(picture) {
    const bytes = Uint8Array.from(atob(picture.src.split(",")[1]), (char) => char.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const [width, height] = [view.getUint32(16), view.getUint32(20)];
    for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at)) {
      if (String.fromCharCode(...bytes.slice(at + 4, at + 8)) !== "IDAT") continue;
      const packed = new Blob([bytes.slice(at + 8, at + 8 + view.getUint32(at))]);
      const stream = packed.stream().pipeThrough(new DecompressionStream("deflate"));
      const pixels = new Uint8Array(await new Response(stream).arrayBuffer());
      const starts = Array.from({ length: height }, (_, row) => row * (width + 1) + 1); // 1: the row's filter, none
      return starts.map((start) => Array.from(pixels.slice(start, start + width), (v) => (v > 100 ? 0 : v / 100)));
    }
    throw new Error("a picture without data");
  }

  return { draw, hundredths };
})();
