// The plane of features on the screen: where things are and what they enclose.

// A square view of `side` pixels, from −reach to reach along both axes.
class Frame {
  constructor(reach, side) {
    this.reach = reach;
    this.side = side;
  }

  pixel([x, y]) { return [(x / this.reach + 1) * this.side / 2, (1 - y / this.reach) * this.side / 2]; }
  point([x, y]) { return [(x / this.side * 2 - 1) * this.reach, (1 - y / this.side * 2) * this.reach]; }
  length(units) { return units * this.side / 2 / this.reach; }
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
