// The controls: each shows the state and says what it wants changed.

const SLIDERS = {
  epsilon: { get: (s) => s.epsilon, set: (s, v) => { s.epsilon = v; }, logarithmic: true, text: (v) => percent(v, v < 0.1 ? 1 : 0) },
  temperature: { get: (s) => s.temperature, set: (s, v) => { s.temperature = v; }, logarithmic: true, text: significant },
  spread: { get: (s) => s.spread, set: (s, v) => { s.spread = v; }, logarithmic: false, text: (v) => fixed(v, 2) },
  "ood-spread": { get: (s) => s.ood.spread, set: (s, v) => { s.ood.spread = v; }, logarithmic: false, text: (v) => fixed(v, 2) },
};

class Controls {
  // `act` has edit(change of a state, tag) and show(layers).
  constructor(act) {
    this.act = act;
    for (const [key, slider] of Object.entries(SLIDERS)) this.wireSlider(key, slider);
    for (const input of document.querySelectorAll("input[name=estimator]")) {
      input.addEventListener("change", () => act.edit((s) => ({ ...s, estimator: input.value })));
    }
    for (const input of document.querySelectorAll("input[name=K]")) {
      input.addEventListener("change", () => act.edit((s) => evenly(s, Number(input.value))));
    }
    this.layers = [...document.querySelectorAll("input[name=layer]")];
    for (const input of this.layers) {
      input.addEventListener("change", () => act.show(this.layers.filter((i) => i.checked).map((i) => i.value)));
    }
  }

  wireSlider(key, { set, logarithmic }) {
    const input = document.getElementById(key), [low, high] = LIMITS[key];
    input.place = logarithmic ? Math.log10 : (value) => value;
    input.read = () => clamp(logarithmic ? Number((10 ** input.value).toPrecision(2)) : Number(input.value), low, high);
    [input.min, input.max, input.step] = logarithmic ? [Math.log10(low), Math.log10(high), 0.01] : [low, high, 0.05];
    input.addEventListener("input", () => this.act.edit((s) => { set(s, input.read()); return s; }, key));
  }

  draw(state, layers) {
    for (const [key, { get, text }] of Object.entries(SLIDERS)) {
      const input = document.getElementById(key), value = get(state);
      if (input.read() !== value) input.value = input.place(value);
      document.getElementById(`${key}-value`).textContent = text(value);
      input.setAttribute("aria-valuetext", text(value));
    }
    for (const input of document.querySelectorAll("input[name=estimator], input[name=K]")) input.checked = String(state[input.name]) === input.value;
    for (const input of this.layers) input.checked = layers.includes(input.value);
    this.drawNumbers(state);
  }

  // The table of exact numbers: a row for each class, one for the OOD data; every number can be typed.
  drawNumbers(state) {
    const table = document.getElementById("numbers");
    const cells = [
      ...state.weight.map((_, i) => ({ name: `${i + 1}`, paths: [["weight", i, 0], ["weight", i, 1], ["bias", i], ["means", i, 0], ["means", i, 1]] })),
      { name: "OOD", paths: [null, null, null, ["ood", "mean", 0], ["ood", "mean", 1]] },
    ];
    if (table.dataset.K !== String(state.K)) {
      table.dataset.K = state.K;
      table.replaceChildren(header("class", "w →", "w ↑", "b", "μ →", "μ ↑"),
        element("tbody", {}, ...cells.map(({ name, paths }) => row(name, ...paths.map((path) => (path ? this.numberInput(name, path) : ""))))));
    }
    for (const input of table.querySelectorAll("input")) {
      const value = input.path.reduce((at, key) => at[key], state);
      input.shown = Number(value.toFixed(3));
      if (document.activeElement !== input) input.value = input.shown;
    }
  }

  numberInput(name, path) {
    const what = { weight: "weight", bias: "bias", means: "mean", ood: "centre" }[path[0]];
    const axis = path.length === 3 ? ` ${"xy"[path[2]]}` : "";
    const input = element("input", { type: "number", step: 0.1, min: -LIMITS.coordinate, max: LIMITS.coordinate, "aria-label": `${path[0] === "ood" ? name : `class ${name}`}, ${what}${axis}` });
    input.path = path;
    input.addEventListener("change", () => {
      if (!Number.isFinite(input.valueAsNumber)) {
        input.value = input.shown;
        return;
      }
      const value = input.value = clamp(input.valueAsNumber, -LIMITS.coordinate, LIMITS.coordinate);
      this.act.edit((s) => {
        const last = path.at(-1), holder = path.slice(0, -1).reduce((at, key) => at[key], s);
        holder[last] = value;
        return s;
      });
    });
    return input;
  }
}
