import { BackendUnavailableError } from "../errors.ts";

/**
 * Files and WebAssembly memory are little-endian, and are read without conversion.
 *
 * @throws {BackendUnavailableError} On a big-endian machine, such as s390x.
 */
export function assertLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return;
  throw new BackendUnavailableError(
    "Cannot read models as this machine must be little-endian: it is big-endian",
  );
}
