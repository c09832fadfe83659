// The page: one view {state, layers, reach, step}; everything shown follows from it, once for each frame.

const { presets, steps } = JSON.parse(document.getElementById("data").textContent);
const stepView = (step) => {
  const { state, layers } = steps[step - 1];
  return { state: copied(state), layers: [...layers], reach: reachOf(state), step };
};

let view = decoded(location.hash, steps.length) ?? stepView(1);
let base = copied(view);  // what Reset goes back to
let result = null;
let pointed = null;  // where the pointer is, or null
let waiting = false;
let later = [];

const history = new History(copied(view));
const canvas = document.querySelector("#plane canvas"), svg = document.querySelector("#plane svg");
const handles = new Handles(svg, { place, move, settle, probe });
const controls = new Controls({ edit, show: (layers) => { view.layers = layers; draw(); } });
const tour = new Tour((step) => load(stepView(step)));
const presetMenu = document.getElementById("preset");

function draw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    result = model.compute(view.state);
    const frame = new Frame(view.reach, svg.clientWidth || 560);
    paint(canvas, frame, view.state, result, new Set(view.layers));
    handles.draw(frame, view.state);
    showReadings(view.state, result);
    controls.draw(view.state, view.layers);
    tour.draw(view.step);
    drawProbe();
    document.getElementById("undo").disabled = !history.past.length;
    document.getElementById("redo").disabled = !history.future.length;
    later.forEach(clearTimeout);
    later = [setTimeout(address, 100), setTimeout(tell, 500)];
  });
}

// What need not follow every frame: the address, and the sentence for screen readers.
function address() {
  const hash = `#${encoded(view)}`;
  if (hash !== location.hash) window.history.replaceState(null, "", hash);
}

function tell() {
  document.getElementById("said").textContent = spoken(view.state, result);
}

function edit(change, tag = null) {
  view.state = change(copied(view.state));
  own();
  widen();
  history.remember(copied(view), tag);
  draw();
}

function load(next) {
  view = next;
  base = copied(next);
  own();
  history.remember(copied(view), null);
  draw();
}

function restore(past) {
  if (!past) return;
  view = copied(past);
  own();
  draw();
}

// A changed state is nobody's preset.
function own() {
  presetMenu.value = "";
  document.getElementById("preset-text").textContent = "";
}

// Show all handles: zoom out when one has left the view or come to its edge.
function widen() {
  const needed = reachOf(view.state, false);
  if (needed > view.reach) view.reach = needed;
}

// Where a handle, "mean-0", "weight-2" or "ood", keeps its place in the state.
const rowOf = (handle) => {
  const [kind, i] = handle.split("-");
  return kind === "ood" ? [view.state.ood, "mean"] : [view.state[kind === "mean" ? "means" : "weight"], Number(i)];
};

function place(handle) {
  const [rows, i] = rowOf(handle);
  return rows[i];
}

function move(handle, point) {
  const [rows, i] = rowOf(handle);
  rows[i] = point.map((v) => clamp(Math.round(v * 1000) / 1000, -LIMITS.coordinate, LIMITS.coordinate));
  pointed = null;
  draw();
}

function settle(handle) {
  own();
  widen();
  history.remember(copied(view), handle);
  draw();
}

function probe(point) {
  pointed = point;
  if (result && !waiting) drawProbe();
}

function drawProbe() {
  const held = document.activeElement?.closest?.(".handle");
  if (pointed) showProbe(view.state, result, pointed, "Here");
  else if (held?.id.startsWith("weight")) showWeight(place(held.id), held.getAttribute("aria-label"));
  else if (held) showProbe(view.state, result, place(held.id), held.getAttribute("aria-label"));
  else showProbe(view.state, result, view.state.ood.mean, "Centre of the OOD data");
}

function zoom(factor) {
  view.reach = clamp(Math.round(2 * view.reach * factor) / 2, reachOf(view.state, false), LIMITS.reach[1]);
  draw();
}

const on = (id, action) => document.getElementById(id).addEventListener("click", action);
on("closer", () => zoom(0.8));
on("wider", () => zoom(1.25));
on("undo", () => restore(history.undo()));
on("redo", () => restore(history.redo()));
on("reset", () => {
  [view.reach, view.layers] = [base.reach, [...base.layers]];
  edit(() => copied(base.state));
});
on("print", () => window.print());
window.addEventListener("beforeprint", () => { document.getElementById("exact").open = true; });
on("share", async (event) => {
  address();
  const button = event.currentTarget;
  const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  button.textContent = done ? "Copied" : "Link is in the address bar";
  setTimeout(() => { button.textContent = "Copy link"; }, 2000);
});
presetMenu.addEventListener("change", () => {
  const preset = presets.find(({ id }) => id === presetMenu.value);
  load({ state: copied(preset.state), layers: ["region", "linear", "boundaries", "points"], reach: reachOf(preset.state), step: view.step });
  presetMenu.value = preset.id;
  document.getElementById("preset-text").textContent = preset.text;
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.matches("input[type=number]")) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  restore(key === "y" || event.shiftKey ? history.redo() : history.undo());
  event.preventDefault();
});
document.addEventListener("focusin", () => result && drawProbe());
window.addEventListener("hashchange", () => {
  const next = decoded(location.hash, steps.length);
  if (!next) address();  // such as that of the skip link
  else if (encoded(next) !== encoded(view)) load(next);
});
new ResizeObserver(draw).observe(document.getElementById("plane"));
draw();
