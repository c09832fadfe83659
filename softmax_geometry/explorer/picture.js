// What is computed, painted on a canvas: regions, boundaries, data and the field of certainty.

const COLOURS = ["#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#8A6D00", "#6A3D9A"];
const OUT = "#D55E00", REGION = "#FCE9B2", EDGE = "#B98A16", REFERENCE = "#333";
const CELLS = 110;

function paint(canvas, frame, state, result, layers) {
  const { side, reach } = frame, dots = Math.max(2, window.devicePixelRatio || 1), paper = canvas.getContext("2d");
  if (canvas.width !== Math.round(side * dots)) canvas.width = canvas.height = Math.round(side * dots);
  paper.setTransform(dots, 0, 0, dots, 0, 0);
  paper.clearRect(0, 0, side, side);
  paper.lineJoin = "round";
  const trace = (polygon) => {
    paper.beginPath();
    polygon.forEach((p, n) => (n ? paper.lineTo(...frame.pixel(p)) : paper.moveTo(...frame.pixel(p))));
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
  if (layers.has("region")) {
    const { inside, edge } = region(frame, state, result);
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
  if (layers.has("linear") && result.threshold.margin > 0) { stroke(REFERENCE, 1.6, [6, 4]); outline(result.threshold.margin); }
  if (layers.has("points")) paintPoints(paper, frame, state);
  if (layers.has("field")) paintField(paper, frame, state);
}

// Where points are flagged, as paths in pixels.
function region({ reach, side }, state, result) {
  const n = CELLS + 1, edge = reach * n / CELLS;  // the middles of the outer pixels lie on the frame
  const scores = model.raster(state, { left: -edge, right: edge, bottom: -edge, top: edge }, n, n);
  const excess = scores.map((u) => clamp(u - result.threshold.log_score, -1e9, 1e9));
  return contour(excess, n, n, (column) => column / CELLS * side, (row) => row / CELLS * side);
}

function paintPoints(paper, frame, state) {
  const { test, test_labels: labels, ood } = model.samples(state);
  paper.setLineDash([]);
  const shown = (_, n) => n % 3 === 0;
  test.forEach((z, n) => {
    if (!shown(z, n)) return;
    const [x, y] = frame.pixel(z);
    paper.beginPath();
    paper.arc(x, y, 2.3, 0, 7);
    paper.fillStyle = `${COLOURS[labels[n]]}99`;
    paper.fill();
  });
  paper.strokeStyle = `${OUT}aa`;
  paper.lineWidth = 1.3;
  paper.beginPath();
  for (const z of ood.filter(shown)) {
    const [x, y] = frame.pixel(z);
    paper.moveTo(x - 2.3, y - 2.3); paper.lineTo(x + 2.3, y + 2.3);
    paper.moveTo(x - 2.3, y + 2.3); paper.lineTo(x + 2.3, y - 2.3);
  }
  paper.stroke();
}

// Short arrows along which certainty grows fastest.
function paintField(paper, frame, state) {
  const { side } = frame, gap = side / Math.round(side / 34), length = gap * 0.28;
  paper.strokeStyle = "#77777799";
  paper.lineWidth = 1.2;
  paper.setLineDash([]);
  paper.beginPath();
  for (let y = gap / 2; y < side; y += gap) {
    for (let x = gap / 2; x < side; x += gap) {
      const direction = model.certainty(state, frame.point([x, y]));
      if (!direction) continue;
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
