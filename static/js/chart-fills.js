// What bars are filled with: a colour of the tokens, and over it a pattern, so that no series is told by colour alone.

const TILE = 8;
const STROKES = [
  [],
  [[0, 8, 8, 0], [-2, 2, 2, -2], [6, 10, 10, 6]],
  [[0, 2, 8, 2], [0, 6, 8, 6]],
  [[0, 0, 8, 8], [-2, 6, 2, 10], [6, -2, 10, 2]],
  [[2, 0, 2, 8], [6, 0, 6, 8]],
  [[0, 4, 8, 4], [4, 0, 4, 8]],
  [[0, 0, 8, 8], [0, 8, 8, 0]],
  [[0, 4, 8, 4]],
];

// The colour that `--name` stands for at `element`, whatever it is mixed of.
export function colour(element, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// What the series of this number is filled with: in the colour of `token`, or of its number. `ground` lies behind.
export function fill(element, { number, token, ground }) {
  const tile = document.createElement("canvas");
  const scale = Math.max(1, Math.round(devicePixelRatio));
  tile.width = tile.height = TILE * scale;
  const ink = tile.getContext("2d");
  ink.scale(scale, scale);
  ink.fillStyle = colour(element, token || `--series-${(number % STROKES.length) + 1}`);
  ink.fillRect(0, 0, TILE, TILE);
  ink.strokeStyle = ground;
  ink.globalAlpha = 0.55;
  ink.lineWidth = 1.25;
  // Beyond the colours that there are, they come again under other patterns.
  for (const stroke of STROKES[(number + Math.floor(number / STROKES.length)) % STROKES.length]) line(ink, ...stroke);
  const pattern = ink.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}

function line(ink, fromX, fromY, toX, toY) {
  ink.beginPath();
  ink.moveTo(fromX, fromY);
  ink.lineTo(toX, toY);
  ink.stroke();
}
