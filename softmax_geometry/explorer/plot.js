// The picture: what is computed is painted on a canvas, what can be moved is an SVG handle over it.

const COLOURS = ["#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#8A6D00", "#6A3D9A"];
const LABELS = ["#0072B2", "#00704F", "#A8437B", "#2478A8", "#7A6000", "#6A3D9A"];  // the same, dark enough to read
const OUT = "#D55E00", REGION = "#FCE9B2", EDGE = "#B98A16", REFERENCE = "#333";
const SUBSCRIPTS = "₁₂₃₄₅₆";
const CELLS = 110;
const RADIUS_95 = Math.sqrt(-2 * Math.log(0.05));  // of a circle that holds 95 % of a round Gaussian in the plane

function svgElement(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// The convex polygon of the view in which class i leads every other by at least `lead` in logits.
function cell(state, i, lead, reach) {
  let polygon = [[-reach, -reach], [reach, -reach], [reach, reach], [-reach, reach]];
  for (let j = 0; j < state.K; j++) {
    if (j === i) continue;
    const excess = ([x, y]) =>
      ((state.weight[i][0] - state.weight[j][0]) * x + (state.weight[i][1] - state.weight[j][1]) * y + state.bias[i] - state.bias[j])
        / state.temperature - lead;
    const kept = [];
    polygon.forEach((p, n) => {
      const q = polygon[(n + 1) % polygon.length], a = excess(p), b = excess(q);
      if (a >= 0) kept.push(p);
      if ((a >= 0) !== (b >= 0)) kept.push([p[0] + (a / (a - b)) * (q[0] - p[0]), p[1] + (a / (a - b)) * (q[1] - p[1])]);
    });
    polygon = kept;
  }
  return polygon;
}

// {value > 0} on a grid of nx × ny values, as filled polygons and as the lines around them (marching squares).
function contour(values, nx, ny, x, y) {
  const inside = new Path2D(), edge = new Path2D();
  const polygon = (path, points) => {
    points.forEach(([px, py], n) => (n ? path.lineTo(px, py) : path.moveTo(px, py)));
    path.closePath();
  };
  for (let row = 0; row + 1 < ny; row++) {
    let runStart = -1;
    const endRun = (column) => {
      if (runStart >= 0) polygon(inside, [[x(runStart), y(row)], [x(column), y(row)], [x(column), y(row + 1)], [x(runStart), y(row + 1)]]);
      runStart = -1;
    };
    for (let column = 0; column + 1 < nx; column++) {
      const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const at = corners.map(([c, r]) => values[r * nx + c]);
      if (at.every((v) => v > 0)) {
        if (runStart < 0) runStart = column;
        continue;
      }
      endRun(column);
      if (!at.some((v) => v > 0)) continue;
      const points = [], crossings = [];
      corners.forEach(([c, r], n) => {
        const next = (n + 1) % 4, [c2, r2] = corners[next];
        if (at[n] > 0) points.push([x(c), y(r)]);
        if (at[n] > 0 !== at[next] > 0) {
          const share = at[n] / (at[n] - at[next]);
          crossings.push([x(c + share * (c2 - c)), y(r + share * (r2 - r))]);
          points.push(crossings.at(-1));
        }
      });
      polygon(inside, points);
      for (let n = 0; n + 1 < crossings.length; n += 2) {
        edge.moveTo(...crossings[n]);
        edge.lineTo(...crossings[n + 1]);
      }
    }
    endRun(nx - 1);
  }
  return { inside, edge };
}

class Plane {
  // `act` has place(handle), move(handle, place), settle(handle) and probe(point or null).
  constructor(root, act) {
    this.canvas = root.querySelector("canvas");
    this.svg = root.querySelector("svg");
    this.axes = svgElement("g", { "aria-hidden": "true" });
    this.extents = svgElement("g", { "aria-hidden": "true" });
    this.handles = svgElement("g", {});
    this.svg.append(this.axes, this.extents, this.handles);
    this.act = act;
    this.side = 560;
    this.listen();
  }

  pixel([x, y]) { return [(x / this.reach + 1) * this.side / 2, (1 - y / this.reach) * this.side / 2]; }
  point(event) {
    const box = this.svg.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width * 2 - 1) * this.reach, (1 - (event.clientY - box.top) / box.height * 2) * this.reach];
  }

  listen() {
    let held = null;
    const nearest = (event) => {
      const [x, y] = this.pixel(this.point(event)), near = ([px, py]) => Math.hypot(px - x, py - y);
      return [...this.handles.children].filter((g) => near(g.at) < 26).sort((a, b) => near(a.at) - near(b.at))[0];
    };
    const release = () => {
      if (!held) return;
      held.g.classList.remove("held");
      if (held.moved) this.act.settle(held.g.id);
      held = null;
    };
    this.svg.addEventListener("pointerdown", (event) => {
      const g = event.button === 0 && nearest(event);
      if (!g) return;
      const [x, y] = this.point(event), [px, py] = this.act.place(g.id).map((v) => v * g.length);
      held = { g, dx: px - x, dy: py - y, moved: false };
      this.svg.setPointerCapture(event.pointerId);
      g.classList.add("held");
      g.focus({ preventScroll: true, focusVisible: false });
      event.preventDefault();
    });
    this.svg.addEventListener("pointermove", (event) => {
      const [x, y] = this.point(event);
      if (!held) return this.act.probe([x, y]);
      held.moved = true;
      this.act.move(held.g.id, [x + held.dx, y + held.dy].map((v) => clamp(v, -this.reach, this.reach) / held.g.length));
    });
    const keepPage = (event) => nearest(event.changedTouches[0]) && event.preventDefault();  // from scrolling
    this.svg.addEventListener("touchstart", keepPage, { passive: false });
    this.svg.addEventListener("pointerup", release);
    this.svg.addEventListener("pointercancel", release);
    this.svg.addEventListener("pointerleave", () => held || this.act.probe(null));
    this.svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      const g = event.target.closest(".handle");
      if (!step || !g || event.ctrlKey || event.metaKey || event.altKey) return;
      const size = event.shiftKey ? 1 : 0.1;
      this.act.move(g.id, this.act.place(g.id).map((v, axis) => v + size * step[axis]));
      this.act.settle(g.id);
      event.preventDefault();
    });
  }

  draw(state, result, view) {
    this.reach = view.reach;
    this.side = this.svg.clientWidth || this.side;
    this.svg.setAttribute("viewBox", `0 0 ${this.side} ${this.side}`);
    this.paint(state, result, new Set(view.layers));
    this.drawAxes();
    this.placeHandles(state);
  }

  paint(state, result, layers) {
    const { canvas, side, reach } = this, dots = Math.max(2, window.devicePixelRatio || 1), paper = canvas.getContext("2d");
    if (canvas.width !== Math.round(side * dots)) canvas.width = canvas.height = Math.round(side * dots);
    paper.setTransform(dots, 0, 0, dots, 0, 0);
    paper.clearRect(0, 0, side, side);
    paper.lineJoin = "round";
    const trace = (polygon) => {
      paper.beginPath();
      polygon.forEach((p, n) => (n ? paper.lineTo(...this.pixel(p)) : paper.moveTo(...this.pixel(p))));
      paper.closePath();
    };
    const stroke = (style, width, dash = []) => {
      paper.strokeStyle = style;
      paper.lineWidth = width;
      paper.setLineDash(dash);
    };
    const classes = [...Array(state.K).keys()];
    for (const i of layers.has("boundaries") ? classes : []) {
      trace(cell(state, i, 0, reach));
      paper.fillStyle = `${COLOURS[i]}14`;
      paper.fill();
    }
    if (layers.has("region") && result.threshold) {
      const { inside, edge } = this.region(state, result);
      paper.fillStyle = REGION;
      paper.fill(inside);
      stroke(EDGE, 1.5);
      paper.stroke(edge);
    }
    const outline = (lead) => {
      for (const i of classes) {
        trace(cell(state, i, lead, reach * 1.02));
        paper.stroke();
      }
    };
    if (layers.has("boundaries")) { stroke("#777", 1); outline(0); }
    if (layers.has("linear") && result.threshold?.margin > 0) { stroke(REFERENCE, 1.6, [6, 4]); outline(result.threshold.margin); }
    if (layers.has("points")) this.paintPoints(paper, state);
    if (layers.has("field")) this.paintField(paper, state);
  }

  region(state, result) {
    const { reach, side } = this, n = CELLS + 1, edge = reach * n / CELLS;  // the middles of the outer pixels lie on the frame
    const { score } = model.raster(state, result, { left: -edge, right: edge, bottom: -edge, top: edge }, n, n);
    const excess = Float64Array.from(score, (u) => clamp(u - result.threshold.log_score, -1e9, 1e9));
    return contour(excess, n, n, (column) => column / CELLS * side, (row) => row / CELLS * side);
  }

  paintPoints(paper, state) {
    const { test, test_labels: labels, ood } = model.samples(state);
    paper.setLineDash([]);
    test.forEach((z, n) => {
      const [x, y] = this.pixel(z);
      paper.beginPath();
      paper.arc(x, y, 2.1, 0, 7);
      paper.fillStyle = `${COLOURS[labels[n]]}80`;
      paper.fill();
    });
    paper.strokeStyle = `${OUT}88`;
    paper.lineWidth = 1.3;
    paper.beginPath();
    for (const z of ood) {
      const [x, y] = this.pixel(z);
      paper.moveTo(x - 2.3, y - 2.3); paper.lineTo(x + 2.3, y + 2.3);
      paper.moveTo(x - 2.3, y + 2.3); paper.lineTo(x + 2.3, y - 2.3);
    }
    paper.stroke();
  }

  paintField(paper, state) {
    const gap = this.side / Math.round(this.side / 34), length = gap * 0.28;
    paper.strokeStyle = "#77777799";
    paper.lineWidth = 1.2;
    paper.setLineDash([]);
    paper.beginPath();
    for (let y = gap / 2; y < this.side; y += gap) {
      for (let x = gap / 2; x < this.side; x += gap) {
        const direction = model.certainty(state, [(x / this.side * 2 - 1) * this.reach, (1 - y / this.side * 2) * this.reach]);
        if (!direction || !direction.every(Number.isFinite)) continue;
        const dx = direction[0] * length, dy = -direction[1] * length;
        paper.moveTo(x - dx, y - dy);
        paper.lineTo(x + dx, y + dy);
        paper.moveTo(x + dx * 0.3 - dy * 0.4, y + dy * 0.3 + dx * 0.4);
        paper.lineTo(x + dx, y + dy);
        paper.lineTo(x + dx * 0.3 + dy * 0.4, y + dy * 0.3 - dx * 0.4);
      }
    }
    paper.stroke();
  }

  drawAxes() {
    const step = [0.5, 1, 2, 5, 10, 20, 50].find((s) => this.reach / s <= 5), marks = [];
    const [cx, cy] = this.pixel([0, 0]);
    for (let v = -Math.floor(this.reach / step) * step; v <= this.reach; v += step) {
      const [x, y] = this.pixel([v, v]), text = String(v).replace("-", "−");
      if (x > 24 && x < this.side - 24) marks.push(svgElement("text", { x, y: this.side - 8, "text-anchor": "middle" }, text));
      if (y > 50 && y < this.side - 24) marks.push(svgElement("text", { x: 8, y: y + 4 }, text));
    }
    marks.push(svgElement("path", { d: `M${cx - 5} ${cy}h10M${cx} ${cy - 5}v10`, stroke: "#999", fill: "none" }));
    marks.push(svgElement("text", { x: this.side - 8, y: this.side - 8, "text-anchor": "end" }, "z₁"));
    marks.push(svgElement("text", { x: 8, y: 20 }, "z₂"));
    this.axes.replaceChildren(...marks);
  }

  placeHandles(state) {
    const scale = this.side / 2 / this.reach;
    const circle = (mean, spread, colour, dash) => {
      const [cx, cy] = this.pixel(mean);
      return svgElement("circle", { cx, cy, r: RADIUS_95 * spread * scale, fill: "none", stroke: colour, "stroke-width": 1.4, "stroke-dasharray": dash });
    };
    this.extents.replaceChildren(
      ...state.means.map((mean, i) => circle(mean, state.spread, COLOURS[i], "none")),
      circle(state.ood.mean, state.ood.spread, OUT, "5 3"),
    );
    if (this.handles.childElementCount !== 2 * state.K + 1) {
      const kinds = ["mean", "weight"].flatMap((kind) => state.means.map((_, i) => this.handle(kind, i)));
      this.handles.replaceChildren(...kinds, this.handle("ood", 0));
    }
    for (const g of this.handles.children) {
      const isWeight = g.id.startsWith("weight"), place = this.act.place(g.id);
      g.length = isWeight ? WEIGHT_LENGTH : 1;
      g.at = this.pixel(place.map((v) => v * g.length));
      g.setAttribute("transform", `translate(${g.at[0]} ${g.at[1]})`);
      const [x, y] = place.map((v) => v.toFixed(2).replace("-", "−"));
      g.setAttribute("aria-valuetext", `x ${x}, y ${y}`);
      g.setAttribute("aria-valuenow", Math.hypot(...place).toFixed(2));
      if (isWeight) this.pointArrow(g);
    }
  }

  // Handles: a shape, a label, an area for the finger.
  handle(kind, i) {
    const name = { mean: `Mean of class ${i + 1}`, weight: `Weight of class ${i + 1}`, ood: "Centre of the OOD data" }[kind];
    const shape = {
      mean: [svgElement("circle", { r: 7, fill: COLOURS[i], stroke: "#fff", "stroke-width": 2 })],
      weight: [
        svgElement("path", { class: "shaft", stroke: "#fff", "stroke-width": 7, fill: "none" }),
        svgElement("path", { class: "shaft", stroke: COLOURS[i], "stroke-width": 3.2, fill: "none" }),
        svgElement("path", { class: "head", d: "M0 0L-14 6.5L-14 -6.5Z", fill: COLOURS[i], stroke: "#fff", "stroke-width": 1.2 }),
      ],
      ood: [svgElement("rect", { x: -7, y: -7, width: 14, height: 14, transform: "rotate(45)", fill: OUT, stroke: "#fff", "stroke-width": 2 })],
    }[kind];
    const text = { mean: `μ${SUBSCRIPTS[i]}`, weight: `w${SUBSCRIPTS[i]}`, ood: "OOD" }[kind];
    return svgElement("g", {
      id: kind === "ood" ? "ood" : `${kind}-${i}`, class: `handle ${kind}`, tabindex: 0, role: "slider", "aria-roledescription": "point to move",
      "aria-label": name, "aria-valuemin": 0, "aria-valuemax": LIMITS.coordinate * 2,
      color: kind === "ood" ? "#A84A00" : LABELS[i],
    }, ...shape, svgElement("circle", { class: "reach", r: 20 }), svgElement("circle", { class: "ring", r: 14 }),
    svgElement("text", kind === "mean" ? { x: -10, y: 21, "text-anchor": "end" } : { x: 12, y: -10 }, text));
  }

  pointArrow(g) {
    const [cx, cy] = this.pixel([0, 0]), dx = cx - g.at[0], dy = cy - g.at[1], length = Math.hypot(dx, dy) || 1;
    for (const shaft of g.querySelectorAll(".shaft")) shaft.setAttribute("d", `M${dx} ${dy}L${dx / length * 8} ${dy / length * 8}`);
    g.querySelector(".head").setAttribute("transform", `rotate(${Math.atan2(-dy, -dx) * 180 / Math.PI})`);
  }
}
