// What is on the page, as plain data: limits, the text in the address, undo and redo.

const ESTIMATORS = ["U_max", "U_entropy", "margin", "U_density"];
const LAYERS = ["region", "linear", "boundaries", "field", "points"];
const LIMITS = { epsilon: [0.001, 0.5], temperature: [0.1, 10], spread: [0.1, 3], "ood-spread": [0.1, 5], coordinate: 50, K: [2, 6], reach: [2, 200] };

const WEIGHT_LENGTH = 2;  // a weight of 1 is drawn this long; weights and points have different units

const copied = structuredClone;
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

// K classes evenly on a circle, as far out and with weights as long as those of the given state on average.
function evenly(state, K) {
  const size = (rows) => Math.sqrt(rows.reduce((sum, [x, y]) => sum + x * x + y * y, 0) / rows.length) || 1;
  const circle = (radius) =>
    Array.from({ length: K }, (_, i) => {
      const angle = Math.PI / 2 + (2 * Math.PI * i) / K;
      return [radius * Math.cos(angle), radius * Math.sin(angle)].map((v) => Math.round(v * 1e6) / 1e6);
    });
  return { ...state, K, weight: circle(size(state.weight)), means: circle(size(state.means)), bias: Array(K).fill(0) };
}

// Half the side of the smallest view, a multiple of 1/2, that holds all handles; with room, the clouds too.
function reachOf(state, room = true) {
  const size = (rows, spread) => Math.max(...rows.flat().map(Math.abs)) + (room ? 2.5 * spread : 0);
  const reach = Math.max(size(state.means, state.spread), size([state.ood.mean], state.ood.spread), WEIGHT_LENGTH * size(state.weight, 0));
  return Math.max(LIMITS.reach[0], Math.ceil(2.1 * reach) / 2);
}

function encoded(view) {
  const { state } = view;
  const number = (x) => String(Number(x.toPrecision(7)));
  const points = (rows) => rows.map((row) => row.map(number).join(",")).join("_");
  const fields = {
    w: points(state.weight), b: state.bias.map(number).join("_"), m: points(state.means), s: number(state.spread),
    o: points([state.ood.mean]), os: number(state.ood.spread), e: number(state.epsilon), T: number(state.temperature),
    u: state.estimator, show: view.layers.join("."), r: number(view.reach), step: String(view.step),
  };
  return Object.entries(fields).map(([key, value]) => `${key}=${value}`).join("&");
}

// The view that a hash describes, or null if it describes none. Numbers outside their limits are brought back into them.
function decoded(hash, steps) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const number = (text, [low, high]) => (text?.trim() && Number.isFinite(Number(text)) ? clamp(Number(text), low, high) : NaN);
  const anywhere = [-LIMITS.coordinate, LIMITS.coordinate];
  const points = (key) => (fields.get(key) ?? "").split("_").map((pair) => pair.split(",").map((x) => number(x, anywhere)));
  const weight = points("w"), means = points("m"), [oodMean] = points("o"), K = weight.length;
  const bias = (fields.get("b") ?? "").split("_").map((x) => number(x, anywhere));
  const state = {
    K, weight, bias, means, spread: number(fields.get("s"), LIMITS.spread), epsilon: number(fields.get("e"), LIMITS.epsilon),
    temperature: number(fields.get("T"), LIMITS.temperature), estimator: fields.get("u"),
    ood: { mean: oodMean, spread: number(fields.get("os"), LIMITS["ood-spread"]) },
  };
  const numbers = [weight, bias, means, oodMean, state.spread, state.epsilon, state.temperature, state.ood.spread].flat(2);
  const whole = K >= LIMITS.K[0] && K <= LIMITS.K[1] && means.length === K && bias.length === K
    && [...weight, ...means, oodMean].every((row) => row.length === 2)
    && numbers.every(Number.isFinite) && ESTIMATORS.includes(state.estimator);
  if (!whole) return null;
  const reach = Math.max(number(fields.get("r"), LIMITS.reach) || reachOf(state), reachOf(state, false));
  const step = Math.round(number(fields.get("step"), [1, steps])) || 1;
  return { state, layers: LAYERS.filter((layer) => (fields.get("show") ?? "").split(".").includes(layer)), reach, step };
}

// Snapshots to go back and forth in. Changes with one tag in quick succession are one step back.
class History {
  constructor(snapshot) {
    this.past = [];
    this.now = snapshot;
    this.future = [];
    this.tag = null;
    this.time = 0;
  }

  remember(snapshot, tag) {
    const time = performance.now();
    if (!(tag && tag === this.tag && time - this.time < 1000)) this.past.push(this.now);
    this.now = snapshot;
    this.future = [];
    [this.tag, this.time] = [tag, time];
  }

  move(from, to) {
    if (!from.length) return null;
    to.push(this.now);
    this.now = from.pop();
    this.tag = null;
    return this.now;
  }

  undo() { return this.move(this.past, this.future); }
  redo() { return this.move(this.future, this.past); }
}
