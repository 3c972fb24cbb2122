import { Component } from "./records";

/**
 * A row of a component, upsampled to the size of the image.
 *
 * Samples are interpolated as by libjpeg's "fancy upsampling": 3 parts of the nearer
 * and 1 of the farther, with alternating rounding, so that levels don't shift.
 *
 * @param y The row in the image.
 * @param left The first pixel that is needed; `right` is the end of them.
 * @param line Memory for the row, unless the stored row is used directly.
 * @returns The row's address.
 */
export function upsample(
  component: Component,
  y: usize,
  left: usize,
  right: usize,
  line: usize,
): usize {
  const expandX = component.expandX, expandY = component.expandY;
  const near = rowAt(component, y / expandY);
  if (expandX == 1 && expandY == 1) return near;
  if (!component.smooth) {
    for (let x = left; x < right; x++) {
      store<u8>(line + x, load<u8>(near + x / expandX));
    }
    return line;
  }
  const first = left >> 1;
  const end = (right + 1) >> 1;
  if (expandY == 1) doubleAcross(near, first, end, line);
  else {
    const other = neighbour(component, y);
    if (expandX == 1) doubleDown(near, other, left, right, line);
    else doubleBoth(near, other, first, end, line);
  }
  return line;
}

/** Two pixels of each sample in a row. */
function doubleAcross(near: usize, first: usize, end: usize, line: usize): void {
  for (let x = first; x < end; x++) {
    const three: i32 = 3 * load<u8>(near + x);
    const before = load<u8>(near + x - 1), after = load<u8>(near + x, 1);
    store<u8>(line + 2 * x, (three + before + 1) >> 2);
    store<u8>(line + 2 * x, (three + after + 2) >> 2, 1);
  }
}

/** A row between two, nearer to one. */
function doubleDown(
  near: usize,
  other: usize,
  left: usize,
  right: usize,
  line: usize,
): void {
  for (let x = left; x < right; x++) {
    const sum: i32 = 3 * load<u8>(near + x) + load<u8>(other + x);
    store<u8>(line + x, (sum + 1) >> 2);
  }
}

/** Two pixels of each sample in two rows, rounded once. */
function doubleBoth(
  near: usize,
  other: usize,
  first: usize,
  end: usize,
  line: usize,
): void {
  let before: i32 = 3 * load<u8>(near + first - 1) + load<u8>(other + first - 1);
  let here: i32 = 3 * load<u8>(near + first) + load<u8>(other + first);
  for (let x = first; x < end; x++) {
    const after: i32 = 3 * load<u8>(near + x, 1) + load<u8>(other + x, 1);
    store<u8>(line + 2 * x, (3 * here + before + 8) >> 4);
    store<u8>(line + 2 * x, (3 * here + after + 7) >> 4, 1);
    before = here;
    here = after;
  }
}

/** The second nearest row of samples of pixel row `y`; at an edge the nearest. */
function neighbour(component: Component, y: usize): usize {
  const row = y >> 1;
  if (y & 1) return rowAt(component, min(row + 1, component.height - 1));
  return rowAt(component, row ? row - 1 : 0);
}

/** A row of samples, with the first and the last sample repeated beside it. */
function rowAt(component: Component, row: usize): usize {
  const at = component.samples + (row % component.ring) * component.stride;
  store<u8>(at - 1, load<u8>(at));
  store<u8>(at + component.width, load<u8>(at + component.width - 1));
  return at;
}
