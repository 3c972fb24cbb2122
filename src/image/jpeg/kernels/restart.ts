import { componentOf, Scan } from "./records";

const SOF0: u32 = 0xc0;
const RST0: u32 = 0xd0;
const RST7: u32 = 0xd7;

/**
 * Skips to the next restart marker, and resets the state. If it finds another number
 * than expected, it decides as libjpeg does whether markers or data are missing.
 *
 * @returns false if the window ends before a marker.
 */
export function restart(scan: Scan): bool {
  scan.count = 0;
  scan.bits = 0;
  scan.padding = 0;
  while (true) {
    const marker = findMarker(scan);
    if (marker == 0) {
      if (!scan.isLast) return false;
      break;
    }
    if (marker < SOF0) {
      scan.position += 2; // There is no such marker.
      continue;
    }
    if (marker < RST0 || marker > RST7) break;
    const ahead = (marker - scan.nextRestart) & 7;
    // A later one: the data up to it is missing.
    if (ahead == 1 || ahead == 2) break;
    scan.position += 2;
    // An earlier one: its data was already decoded in place of other data.
    if (ahead == 6 || ahead == 7) continue;
    scan.starved = 0;
    break;
  }
  scan.nextRestart = (scan.nextRestart + 1) & 7;
  scan.sinceRestart = 0;
  scan.endOfBandRun = 0;
  for (let index: usize = 0; index < scan.components; index++) {
    componentOf<Scan>(scan, index).prediction = 0;
  }
  return true;
}

/** Moves to the next marker and returns its code; 0 if the window has none. */
function findMarker(scan: Scan): u32 {
  let at = scan.position;
  while (at + 1 < scan.end) {
    const code = load<u8>(at, 1);
    if (load<u8>(at) == 0xff && code != 0 && code != 0xff) {
      scan.position = at;
      return code;
    }
    at++;
  }
  scan.position = at;
  return 0;
}
