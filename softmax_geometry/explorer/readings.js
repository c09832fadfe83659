// The numbers beside the picture, each with its unit; "–" where the set-up leaves one undefined.

const NAMES = { U_max: "max", U_entropy: "entropy", U_cool: "cool", U_density: "density", margin: "margin" };
const CAUSE_COLOURS = { 1: "#9aa5ab", 2: "#56B4E9", 3: "#6A3D9A" };
const known = Number.isFinite;
const fixed = (x, digits) => (known(x) ? x.toFixed(digits).replace(/^-(0(\.0*)?)$/, "$1").replace("-", "−") : "–");
const percent = (x, digits = 1) => (known(x) ? `${fixed(100 * x, digits)}\u00a0%` : "–");
const significant = (x) => (!known(x) ? "–" : Math.abs(x) >= 1e4 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(1).replace(/-/g, "−")
  : fixed(x, clamp(2 - Math.floor(Math.log10(Math.abs(x) || 1)), 0, 3)));

// A confidence, near 1 with digits enough to see what is missing.
const confidence = (t) => (!known(t) ? "–" : 1 - t < 1e-9 ? "above 99.9999999\u00a0%" : percent(t, Math.max(1, Math.ceil(-Math.log10(1 - t)) - 1)));

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
const row = (head, ...cells) => element("tr", {}, element("th", { scope: "row" }, head), ...cells.map((c) => element("td", {}, c)));
const header = (...cells) => element("thead", {}, element("tr", {}, ...cells.map((c) => element("th", { scope: "col" }, ...[c].flat()))));
const scoreName = (key) => (key === "margin" ? ["margin"] : ["U", element("sub", {}, NAMES[key])]);

function showReadings(state, result) {
  showFlagged(state, result);
  showAuroc(state, result);
  showCauses(result);
  showBands(state, result);
  showStructure(state, result);
}

function showFlagged(state, result) {
  const number = (which, name) => element("div", { class: which }, element("b", {}, percent(result.flagged[which])),
    element("span", {}, name), element("span", {}, known(result.flagged_linear[which]) ? `linear region: ${percent(result.flagged_linear[which])}` : "no linear region"));
  document.getElementById("flagged").replaceChildren(element("div", { class: "big" },
    number("test", "of test data, by mistake"), number("ood", "of OOD data, rightly")),
  element("p", { class: "hint" }, `Of the test data ${percent(result.accuracy)} are classified correctly.`));
}

function showAuroc(state, result) {
  const rows = ["U_max", "U_entropy", "U_cool", "margin", "U_density"].map((key) => {
    const value = result.auroc[key], bar = element("i"), track = element("span", { class: "track" }, bar);
    bar.style.width = `${100 * value}%`;
    const line = row("", track, percent(value));
    line.firstChild.replaceChildren(...scoreName(key));
    line.classList.toggle("chosen", key === state.estimator);
    line.dataset.score = key;
    return line;
  });
  document.getElementById("auroc").replaceChildren(element("table", {}, element("tbody", {}, ...rows)),
    element("p", { class: "hint" }, ...subscripted("The upright line is 50 %. Ucool is Uentropy of logits divided by 10.")));
}

function showCauses(result) {
  const shares = [1, 2, 3].map((cause) => [cause, result.causes[cause]]);
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  const meanings = { 1: "cooling: Ucool − Uentropy", 2: "density: Udensity − Ucool", 3: "rest: 1 − Udensity" };
  const rows = shares.map(([cause, share]) => {
    const chip = element("i", { class: "chip", "aria-hidden": "true" });
    chip.style.background = CAUSE_COLOURS[cause];
    const line = row(chip, fixed(100 * share, 1));
    line.firstChild.append(`${cause}  `, ...subscripted(meanings[cause]));
    line.dataset.cause = cause;
    return line;
  });
  const sum = row("", fixed(100 * total, 1));
  sum.firstChild.append(...subscripted("Sum: 1 − Uentropy"));
  sum.className = "total";
  sum.dataset.cause = "sum";
  const negative = shares.filter(([, share]) => share < -0.0005).map(([cause]) => cause);
  const note = negative.length
    ? element("p", { class: "hint warn" }, `Negative: ${negative.map((cause) => `cause ${cause}`).join(", ")}. Here the supposed remedy ranks worse.`)
    : element("p", { class: "hint" }, "A share is negative where the supposed remedy ranks worse.");
  document.getElementById("causes").replaceChildren(causeBar(shares, total), element("table", {},
    header("Cause, a difference of AUROC", "percentage points"), element("tbody", {}, ...rows, sum)), note);
}

// Names of scores in a text, with their index set low.
const subscripted = (text) => text.split(/(U(?:max|entropy|cool|density))/).flatMap((part) =>
  (/^U./.test(part) ? ["U", element("sub", {}, part.slice(1))] : [part]));

// Positive shares stacked to the right of zero, negative ones to the left; a mark at their sum.
function causeBar(shares, total) {
  const ends = { right: 0, left: 0 }, blocks = [];
  for (const [cause, share] of shares) {
    const side = share >= 0 ? "right" : "left", from = ends[side];
    ends[side] += share;
    blocks.push([cause, Math.min(from, ends[side]), Math.abs(share)]);
  }
  const low = Math.min(ends.left, 0), high = Math.max(ends.right, 0.02), width = 300, pad = 14;
  const x = (v) => pad + (v - low) / (high - low) * (width - 2 * pad);
  const text = shares.map(([cause, share]) => `cause ${cause}: ${fixed(100 * share, 1)}`).join(", ");
  return svgElement("svg", { viewBox: `0 0 ${width} 46`, role: "img", "aria-label": `Points of AUROC, ${text}, sum ${fixed(100 * total, 1)}` },
    ...blocks.map(([cause, from, size]) => svgElement("rect", { x: x(from), y: 8, width: x(from + size) - x(from), height: 18, fill: CAUSE_COLOURS[cause] })),
    svgElement("path", { d: `M${x(0)} 4V30`, stroke: "#1c1c1a", "stroke-width": 1.5 }),
    svgElement("path", { d: `M${x(total)} 27l-5 8h10z`, fill: "#1c1c1a" }),
    svgElement("text", { x: x(0), y: 44, "text-anchor": "middle" }, "0"),
    ...(Math.abs(x(total) - x(0)) > 26 ? [svgElement("text", { x: x(total), y: 45, "text-anchor": "middle" }, fixed(100 * total, 1))] : []));
}

function showBands(state, result) {
  const { margin, margin_upper: upper, confidence: t } = result.threshold;
  const parts = !known(margin)
    ? ["This score has no bands: its region is not a matter of logits."]
    : margin > 0
      ? [...(state.estimator === "U_max" ? [`Flagged below a confidence of ${confidence(t)}. `] : []),
        `Two classes are too close when their logits${state.temperature === 1 ? "" : ", over T,"} are less than L = ${significant(margin)} apart. `,
        upper - margin < 1e-6 ? "That is the whole region." : `No point is flagged where they are ${significant(upper)} apart or more.`,
        ...(state.K > 3 ? [" Bands of classes that do not meet are not seen."] : [])]
      : ["Even a tie of two classes is not uncertain enough to be flagged, if the others are far behind: the linear region is empty."];
  document.getElementById("threshold").replaceChildren(...parts);
  const pairs = [];
  for (let i = 0; i < state.K; i++) for (let j = i + 1; j < state.K; j++) {
    pairs.push(row(`${i + 1} and ${j + 1}`, significant(result.offsets[i][j]), significant(result.widths[i][j])));
  }
  document.getElementById("bands").replaceChildren(header("Classes", ["offset α, units of w", element("sub", {}, "i"), " − w", element("sub", {}, "j")], "width, units of z"), element("tbody", {}, ...pairs));
}

function showStructure(state, result) {
  const { distance, least } = result.structure, parts = [];
  if (!known(distance)) parts.push(element("p", { class: "hint" }, "All weights are equal: they have no structure."));
  else {
    parts.push(element("p", {}, element("b", {}, fixed(distance, 2)), ` of at most ${fixed(Math.SQRT2, 2)}, as a Gram distance`));
    parts.push(element("p", { class: "hint" }, "It compares the inner products of the weights, centred and scaled, with a simplex’s. "
      + (state.K === 2 ? "Two weights always are one."
      : state.K === 3 ? "0 is the optimal structure: three equally long weights, 120° apart."
        : `A simplex of ${state.K} classes needs ${state.K - 1} features. In a plane the least distance is ${fixed(least, 2)}.`)));
  }
  document.getElementById("structure").replaceChildren(...parts);
}

// One sentence for those who hear the page.
const spoken = (state, result) => `${percent(result.flagged.test, 0)} of test data and ${percent(result.flagged.ood, 0)} of OOD data flagged. `
  + `AUROC of ${state.estimator.replace("_", " ")}: ${percent(result.auroc[state.estimator], 0)}.`;

function showWeight(w, name) {
  const [x, y] = w.map((v) => fixed(v, 2));
  document.getElementById("probe").textContent = `${name}: (${x}, ${y}), length ${fixed(Math.hypot(...w), 2)}, in units of 1/z.`;
}

function showProbe(state, result, z, name) {
  const sure = -Math.expm1(model.score(state, z, "U_max")), [x, y] = z.map((v) => fixed(v, 2));
  document.getElementById("probe").textContent = `${name} (${x}, ${y}): class ${model.classOf(state, z) + 1} with confidence ${confidence(sure)}, `
    + `${model.inside(state, result, z) ? "flagged as OOD" : "not flagged"}.`;
}
