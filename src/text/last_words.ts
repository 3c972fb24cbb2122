/**
 * The last part of what a runtime says of a failed connection: neither the address, which
 * a message names itself, nor the layers that the fault went through.
 */
export function lastWords(fault: string): string {
  return fault
    .replace(/^error sending request .*?: (?=client error)/, "")
    .replace(/^(client error \(\w+\): |tcp connect error: |dns error: )+/, "")
    .replace(/ \(os error \d+\)$/, "");
}
