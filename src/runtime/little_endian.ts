import { BackendUnavailableError } from "../errors.ts";

/**
 * Refuses machines whose numbers begin with their highest byte, as s390x has them:
 * files and WebAssembly's memory are little-endian, and are read where they lie.
 *
 * @throws {BackendUnavailableError} On such a machine.
 */
export function assertLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return;
  throw new BackendUnavailableError(
    "Cannot read models as this machine must be little-endian: it is big-endian",
  );
}
