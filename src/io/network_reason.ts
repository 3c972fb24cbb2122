import { hasFiles } from "../runtime/environment.ts";

/** What the faults of connections mean. Each runtime has words of its own. */
const REASONS: readonly (readonly [fault: RegExp, reason: string])[] = [
  [
    /dns|lookup|ENOTFOUND|EAI_AGAIN/i,
    "no such host is found: check the address and the network",
  ],
  [/refused/i, "nothing answers at this address"],
  [/timed ?out|timeout/i, "it doesn't answer in time"],
  [/certificate|\btls\b/i, "its certificate isn't trusted"],
];

/**
 * Why a server can't be reached, with the runtime's own words in brackets.
 *
 * @param url The address of a request, which may have gone through a proxy. Runtimes don't
 * say that it was the proxy that refused.
 */
export function networkReason(fault: string, url?: URL): string {
  const [, reason = "the connection failed"] =
    REASONS.find(([pattern]) => pattern.test(fault)) ?? [];
  // The address is named before it.
  const words = fault.replace(
    /^error sending request .*?: (?=client error)/,
    "",
  );
  const proxy = url && /refused/i.test(fault) && hasFiles() && !isLocal(url)
    ? `. If ${
      url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"
    } is set, its proxy may be the one that doesn't answer`
    : "";
  return `${reason} (${words})${proxy}`;
}

/** Proxies aren't asked for what is on this machine. */
function isLocal({ hostname }: URL): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(hostname);
}
