/** ISO/IEC 15948, 9.2. */
const NONE = 0;
const SUB = 1;
const UP = 2;
const AVERAGE = 3;
const PAETH = 4;

/**
 * Undoes a row's filter in place.
 *
 * @param row Its bytes, after 8 zeros.
 * @param above The unfiltered row above, after 8 zeros.
 * @param pixel The bytes of a pixel, at least 1.
 * @returns Whether the filter type is valid.
 */
export function unfilterRow(
  filter: u32,
  row: usize,
  above: usize,
  bytes: usize,
  pixel: usize,
): bool {
  const end = row + bytes;
  switch (filter) {
    case NONE:
      return true;
    case SUB:
      for (; row < end; row++) add(row, load<u8>(row - pixel));
      return true;
    case UP:
      for (; row < end; row++, above++) add(row, load<u8>(above));
      return true;
    case AVERAGE:
      for (; row < end; row++, above++) {
        add(row, (<u32> load<u8>(row - pixel) + load<u8>(above)) >> 1);
      }
      return true;
    case PAETH:
      for (; row < end; row++, above++) {
        add(
          row,
          paeth(
            load<u8>(row - pixel),
            load<u8>(above),
            load<u8>(above - pixel),
          ),
        );
      }
      return true;
    default:
      return false;
  }
}

function add(at: usize, value: u32): void {
  store<u8>(at, load<u8>(at) + value);
}

/** The neighbour nearest to `left + above - corner`. */
function paeth(left: i32, above: i32, corner: i32): i32 {
  const rise = above - corner;
  const run = left - corner;
  const toLeft = abs(rise);
  const toAbove = abs(run);
  const nearer = select(left, above, toLeft <= toAbove);
  return select(nearer, corner, min(toLeft, toAbove) <= abs(rise + run));
}
