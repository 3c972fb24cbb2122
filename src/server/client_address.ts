/**
 * The client's address, if the runtime provides it: `Deno.serve` does in its second
 * argument. Otherwise all requests count as one client.
 */
export function clientAddress(info: unknown): string {
  const { hostname } =
    (info as { remoteAddr?: { hostname?: unknown } } | undefined)
      ?.remoteAddr ?? {};
  return typeof hostname === "string" ? normalizeAddress(hostname) : "";
}

/**
 * The address that identifies a client. Of IPv6, only the first 64 bits, as a client
 * usually has the whole network.
 */
export function normalizeAddress(peer: string): string {
  const mapped = peer.match(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i)?.[1];
  if (mapped || !peer.includes(":")) return mapped ?? peer;
  const [front = "", back] = peer.replace(/%.*$/, "").split("::");
  const groups = front === "" ? [] : front.split(":");
  if (back !== undefined) {
    const after = back === "" ? [] : back.split(":");
    const missing = Math.max(0, 8 - groups.length - after.length);
    groups.push(...new Array<string>(missing).fill("0"), ...after);
  }
  const first = groups.slice(0, 4).map((it) => Number.parseInt(it, 16));
  return `${first.map((it) => it.toString(16)).join(":")}::/64`;
}
