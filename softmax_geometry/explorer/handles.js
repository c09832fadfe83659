// What can be moved: SVG handles over the picture, for pointer, finger and keyboard.

const LABELS = ["#0072B2", "#00704F", "#A8437B", "#2478A8", "#7A6000", "#6A3D9A"];  // the same, dark enough to read
const SUBSCRIPTS = "₁₂₃₄₅₆";
const TEXT_PLACE = { mean: { x: -10, y: 21, "text-anchor": "end" }, weight: { x: 12, y: -10 }, ood: { x: 12, y: 21 } };
const RADIUS_95 = Math.sqrt(-2 * Math.log(0.05));  // of a circle that holds 95 % of a round Gaussian in the plane

function svgElement(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

class Handles {
  // `act` has place(handle), move(handle, place), settle(handle) and probe(point or null).
  constructor(svg, act) {
    this.svg = svg;
    this.axes = svgElement("g", { "aria-hidden": "true" });
    this.extents = svgElement("g", { "aria-hidden": "true" });
    this.handles = svgElement("g", {});
    svg.append(this.axes, this.extents, this.handles);
    this.act = act;
    this.listen();
  }

  // The point of the plane that a pointer is at.
  under(event) {
    const box = this.svg.getBoundingClientRect(), scale = this.frame.side / box.width;
    return this.frame.point([(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]);
  }

  listen() {
    let held = null;
    const nearest = (event) => {
      const [x, y] = this.frame.pixel(this.under(event)), near = ([px, py]) => Math.hypot(px - x, py - y);
      return [...this.handles.children].filter((g) => near(g.at) < 26).sort((a, b) => near(a.at) - near(b.at))[0];
    };
    const release = (event) => {
      if (event.pointerId !== held?.pointer) return;
      held.g.classList.remove("held");
      if (held.moved && this.act.place(held.g.id)) this.act.settle(held.g.id);
      held = null;
    };
    this.svg.addEventListener("pointerdown", (event) => {
      const g = event.button === 0 && !held && nearest(event);
      if (!g) return;
      const [x, y] = this.under(event), [px, py] = this.act.place(g.id).map((v) => v * g.length);
      held = { g, pointer: event.pointerId, dx: px - x, dy: py - y, moved: false };
      this.svg.setPointerCapture(event.pointerId);
      g.classList.add("held");
      g.focus({ preventScroll: true, focusVisible: false });
      event.preventDefault();
    });
    this.svg.addEventListener("pointermove", (event) => {
      const [x, y] = this.under(event);
      if (!held) return this.act.probe([x, y]);
      if (event.pointerId !== held.pointer || !this.act.place(held.g.id)) return;  // Undo can take a handle away
      held.moved = true;
      this.act.move(held.g.id, [x + held.dx, y + held.dy].map((v) => clamp(v, -this.frame.reach, this.frame.reach) / held.g.length));
    });
    const keepPage = (event) => nearest(event.changedTouches[0]) && event.preventDefault();  // from scrolling
    this.svg.addEventListener("touchstart", keepPage, { passive: false });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, release);  // wherever it ends
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

  draw(frame, state) {
    this.frame = frame;
    this.svg.setAttribute("viewBox", `0 0 ${frame.side} ${frame.side}`);
    this.drawAxes();
    this.drawExtents(state);
    this.placeHandles(state);
  }

  drawAxes() {
    const { reach, side } = this.frame, step = [0.5, 1, 2, 5, 10, 20, 50].find((s) => reach / s <= 5), marks = [];
    for (let v = -Math.floor(reach / step) * step; v <= reach; v += step) {
      const [x, y] = this.frame.pixel([v, v]), text = String(v).replace("-", "−");
      if (x > 24 && x < side - 24) marks.push(svgElement("text", { x, y: side - 8, "text-anchor": "middle" }, text));
      if (y > 50 && y < side - 24) marks.push(svgElement("text", { x: 8, y: y + 4 }, text));
    }
    marks.push(svgElement("path", { d: `M${side / 2 - 5} ${side / 2}h10m-5 -5v10`, stroke: "#999", fill: "none" }));
    marks.push(svgElement("text", { x: side - 8, y: side - 8, "text-anchor": "end" }, "z₁"));
    marks.push(svgElement("text", { x: 8, y: 20 }, "z₂"));
    this.axes.replaceChildren(...marks);
  }

  drawExtents(state) {
    const circle = (mean, spread, colour, dash) => {
      const [cx, cy] = this.frame.pixel(mean);
      return svgElement("circle", { cx, cy, r: this.frame.length(RADIUS_95 * spread), fill: "none", stroke: colour, "stroke-width": 1.4, "stroke-dasharray": dash });
    };
    this.extents.replaceChildren(
      ...state.means.map((mean, i) => circle(mean, state.spread, COLOURS[i], "none")),
      circle(state.ood.mean, state.ood.spread, OUT, "5 3"),
    );
  }

  placeHandles(state) {
    if (this.handles.childElementCount !== 2 * state.K + 1) {
      const kinds = ["mean", "weight"].flatMap((kind) => state.means.map((_, i) => this.handle(kind, i)));
      this.handles.replaceChildren(...kinds, this.handle("ood", 0));
    }
    for (const g of this.handles.children) {
      const isWeight = g.id.startsWith("weight"), place = this.act.place(g.id);
      g.length = isWeight ? WEIGHT_LENGTH : 1;
      g.at = this.frame.pixel(place.map((v) => v * g.length));
      g.setAttribute("transform", `translate(${g.at[0]} ${g.at[1]})`);
      const [x, y] = place.map((v) => fixed(v, 2));
      g.setAttribute("aria-valuetext", `x ${x}, y ${y}`);
      g.setAttribute("aria-valuenow", Math.hypot(...place).toFixed(2));
      if (isWeight) this.pointArrow(g);
    }
  }

  // A shape, an area for the finger, a ring for the focus, a label.
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
    svgElement("text", TEXT_PLACE[kind], text));
  }

  pointArrow(g) {
    const { side } = this.frame, dx = side / 2 - g.at[0], dy = side / 2 - g.at[1], length = Math.hypot(dx, dy) || 1;
    for (const shaft of g.querySelectorAll(".shaft")) shaft.setAttribute("d", `M${dx} ${dy}L${dx / length * 8} ${dy / length * 8}`);
    g.querySelector(".head").setAttribute("transform", `rotate(${Math.atan2(-dy, -dx) * 180 / Math.PI})`);
  }
}
