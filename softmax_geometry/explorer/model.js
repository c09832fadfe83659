"use strict";

/* The mathematics of the explorer, without the page. Every formula of the softmax comes from `formulas`, which
 * sympy prints; `draws` = {train, test, ood} holds standard normal pairs. Both are defined before this script.
 *
 * state:  {K, weight: [[x, y], …], bias: […], means: [[x, y], …], spread, epsilon, temperature,
 *          estimator: "U_max" | "U_entropy" | "margin" | "U_density", ood: {mean: [x, y], spread}}
 *         Class i is Gaussian around means[i] with standard deviation `spread` in each direction; logits are divided
 *         by the temperature. OOD is the positive class and a higher score means more OOD.
 *
 * result of compute(state):
 *         {threshold: {log_score, confidence, margin, margin_upper}, offsets: K×K, widths: K×K, flagged: {test, ood},
 *          flagged_linear: {test, ood}, accuracy, auroc: {U_max, U_entropy, U_cool, U_density, margin},
 *          causes: {"1", "2", "3"}, structure: {distance, least}}
 *         Offsets are in units of w_i − w_j of the state's weights, widths in units of z.
 *         null where there is no number: the diagonal of offsets and widths, pairs with equal weights, all pairs when
 *         margin ≤ 0 (no linear region; flagged_linear is then 0), everything about margins for U_density, and the
 *         structure of weights that are all equal.
 *         structure.distance is the Gram distance from the simplex, `least` the smallest that K classes in the plane
 *         can have.
 *
 * raster(state, {left, right, bottom, top}, nx, ny): nx·ny scores, row by row from the top, as in an image; each is
 *         that of the middle of its pixel. In double precision: a score that equals the threshold is not above it.
 *
 * certainty(state, z): the unit vector along which certainty grows fastest, or null where the gradient is zero.
 */
const model = (() => {
  /* Positions 0 … n − 1 with those of the largest and the second largest value in front; the first of equals wins. */
  function leadingFirst(values) {
    const n = values.length;
    const order = new Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    for (let place = 0; place < 2; place++) {
      let best = place;
      for (let i = place + 1; i < n; i++) if (values[order[i]] > values[order[best]]) best = i;
      const position = order[best];
      order[best] = order[place];
      order[place] = position;
    }
    return order;
  }

  const inOrder = (values, order) => order.map((i) => values[i]);

  const logits = ({ K, weight, bias, temperature }, z) => formulas.logits[K](weight, bias, z, temperature);

  /* Logits of z and the positions of their classes, in the order that the formulas expect. */
  function orderedLogits(state, z) {
    const l = logits(state, z);
    const order = leadingFirst(l);
    return { l: inOrder(l, order), order };
  }

  function nearestFirst(means, [x, y]) {
    return inOrder(means, leadingFirst(means.map((m) => -(x - m[0]) * (x - m[0]) - (y - m[1]) * (y - m[1]))));
  }

  const gap = (l) => l[0] - l[1];

  /* Scores of ordered logits by name: those that do not saturate, and those of the paper, which do. */
  const LOG_SCORES = {
    U_max: (K, l) => formulas.U_max_log[K](l),
    U_entropy: (K, l) => formulas.U_entropy_log[K](l),
    margin: (K, l) => -gap(l),
  };
  const PLAIN_SCORES = {
    U_max: (K, l) => formulas.U_max[K](l),
    U_entropy: (K, l) => formulas.U_entropy[K](l),
    U_cool: (K, l) => formulas.U_cool[K](l),
    margin: LOG_SCORES.margin,
  };

  const density = ({ K, means, spread }, z) => formulas.U_density[K](z, nearestFirst(means, z), spread);

  function score(state, z, estimator = state.estimator) {
    if (estimator === "U_density") return density(state, z);
    return LOG_SCORES[estimator](state.K, orderedLogits(state, z).l);
  }

  const classOf = (state, z) => leadingFirst(logits(state, z))[0];

  function certainty(state, z) {
    const { K, weight, means, spread, estimator } = state;
    const { l, order } = orderedLogits(state, z);
    const rows = inOrder(weight, order);
    const uncertainty = {
      U_max: () => formulas.U_max_direction[K](l, rows),
      U_entropy: () => formulas.U_entropy_direction[K](l, rows),
      margin: () => [rows[1][0] - rows[0][0], rows[1][1] - rows[0][1]],
      U_density: () => formulas.U_density_gradient[K](z, nearestFirst(means, z), spread),
    }[estimator]();
    const length = Math.hypot(...uncertainty);
    return length > 0 && Number.isFinite(length) ? uncertainty.map((x) => -x / length) : null;
  }

  function samples({ K, means, spread, ood }) {
    const labels = draws.train.map((_, n) => Math.floor((n * K) / draws.train.length));
    const around = ([x, y], [u, v], size) => [x + size * u, y + size * v];
    return {
      train: draws.train.map((draw, n) => around(means[labels[n]], draw, spread)),
      train_labels: labels,
      test: draws.test.map((draw, n) => around(means[labels[n]], draw, spread)),
      test_labels: labels,
      ood: draws.ood.map((draw) => around(ood.mean, draw, ood.spread)),
    };
  }

  /* max{u : P(U < u) ≤ 1 − ε}; epsilon has at most nine decimals, which keeps n(1 − ε) exact. */
  function upperQuantile(scores, epsilon) {
    const rank = Math.floor(scores.length - scores.length * epsilon + 1e-9);
    return Float64Array.from(scores).sort()[Math.min(rank, scores.length - 1)];
  }

  /* The gap at which one logit above `rivals` tied ones has the given log score, 0 if all gaps have less. */
  function gapOfTiedRivals(logScore, rivals, level) {
    const at = (x) => logScore(rivals + 1, [0, ...Array(rivals).fill(-x)]);
    if (at(0) <= level) return 0;
    let [low, high] = [0, 1];
    while (at(high) > level) [low, high] = [high, 2 * high];
    for (let middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
      if (at(middle) > level) low = middle;
      else high = middle;
    }
    return high;
  }

  function threshold(state, trainScores) {
    const { K, epsilon, estimator } = state;
    const log_score = upperQuantile(trainScores, epsilon);
    if (estimator === "U_density") return { log_score, confidence: null, margin: null, margin_upper: null };
    const margins = {
      U_max: () => formulas.margin_from_log_score(log_score),
      U_entropy: () => gapOfTiedRivals(LOG_SCORES.U_entropy, 1, log_score),
      margin: () => -log_score,
    };
    const margin = margins[estimator]();
    const margin_upper = estimator === "margin" ? margin : gapOfTiedRivals(LOG_SCORES[estimator], K - 1, log_score);
    return { log_score, confidence: formulas.confidence_from_margin(margin), margin, margin_upper };
  }

  /* A number for each pair of classes with different weights, null elsewhere and where there is no linear region.
   * A gap of `margin` between logits over T is one of T·margin between logits. */
  function pairwise({ weight, temperature }, margin, formula) {
    const number = (u, v) => {
      const value = margin > 0 ? formula(temperature * margin, u, v) : NaN;
      return Number.isFinite(value) ? value : null;
    };
    return weight.map((u) => weight.map((v) => (u === v ? null : number(u, v))));
  }

  /* P(in < out) + P(in = out)/2 over all pairs. */
  function auroc(inScores, outScores) {
    const [x, y] = [Float64Array.from(inScores).sort(), Float64Array.from(outScores).sort()];
    let [below, upTo, doubled] = [0, 0, 0];
    for (const value of y) {
      while (below < x.length && x[below] < value) below++;
      while (upTo < x.length && x[upTo] <= value) upTo++;
      doubled += below + upTo;
    }
    return doubled / (2 * x.length * y.length);
  }

  /* Distance of the normalised Gram matrix of the centred weights from that of a simplex. */
  function structure({ K, weight }) {
    const mean = [0, 1].map((h) => weight.reduce((sum, w) => sum + w[h], 0) / K);
    const centred = weight.map((w) => [w[0] - mean[0], w[1] - mean[1]]);
    const sum = (f) => centred.reduce((total, w) => total + f(w), 0);
    const [xx, yy, xy] = [sum(([x]) => x * x), sum(([, y]) => y * y), sum(([x, y]) => x * y)];
    const radius = Math.hypot((xx - yy) / 2, xy);
    const squares = Array(K - 1).fill(0);
    squares[0] = (xx + yy) / 2 + radius;
    if (K > 2) squares[1] = Math.max(0, (xx + yy) / 2 - radius);
    const norm = Math.hypot(...squares);
    const rounding = 1e-28 * Math.max(...weight.map(([x, y]) => x * x + y * y));
    const rank = Math.min(2, K - 1);
    return {
      distance: norm > rounding ? Math.hypot(...squares.map((x) => x / norm - 1 / Math.sqrt(K - 1))) : null,
      least: Math.sqrt(2 - 2 * Math.sqrt(rank / (K - 1))),
    };
  }

  const share = (points, condition) => points.filter(condition).length / points.length;

  function compute(state) {
    const { K, estimator } = state;
    const points = samples(state);
    const ordered = {
      train: points.train.map((z) => orderedLogits(state, z)),
      test: points.test.map((z) => orderedLogits(state, z)),
      ood: points.ood.map((z) => orderedLogits(state, z)),
    };
    const scores = (side) =>
      estimator === "U_density"
        ? points[side].map((z) => density(state, z))
        : ordered[side].map(({ l }) => LOG_SCORES[estimator](K, l));
    const found = threshold(state, scores("train"));
    const flagged = (side) => share(scores(side), (u) => u > found.log_score);
    const flaggedLinear = (side) =>
      found.margin === null ? null : share(ordered[side], ({ l }) => gap(l) < found.margin);

    const quality = { U_density: auroc(points.test.map((z) => density(state, z)), points.ood.map((z) => density(state, z))) };
    for (const [name, plain] of Object.entries(PLAIN_SCORES)) {
      quality[name] = auroc(ordered.test.map(({ l }) => plain(K, l)), ordered.ood.map(({ l }) => plain(K, l)));
    }
    return {
      threshold: found,
      offsets: pairwise(state, found.margin, formulas.offset),
      widths: pairwise(state, found.margin, formulas.width),
      flagged: { test: flagged("test"), ood: flagged("ood") },
      flagged_linear: { test: flaggedLinear("test"), ood: flaggedLinear("ood") },
      accuracy: share(ordered.test, ({ order }, n) => order[0] === points.test_labels[n]),
      auroc: quality,
      causes: {
        1: quality.U_cool - quality.U_entropy,
        2: quality.U_density - quality.U_cool,
        3: 1 - quality.U_density,
      },
      structure: structure(state),
    };
  }

  const inside = (state, result, z) => score(state, z) > result.threshold.log_score;

  function raster(state, { left, right, bottom, top }, nx, ny) {
    const scores = new Float64Array(nx * ny);
    for (let row = 0, n = 0; row < ny; row++) {
      const y = top - ((row + 0.5) * (top - bottom)) / ny;
      for (let column = 0; column < nx; column++, n++) {
        scores[n] = score(state, [left + ((column + 0.5) * (right - left)) / nx, y]);
      }
    }
    return scores;
  }

  return Object.freeze({ samples, compute, score, inside, certainty, classOf, raster });
})();
