import { lastWords } from "../text/last_words.ts";
import { hasFiles } from "../runtime/environment.ts";

/** What the faults of connections mean. Each runtime has words of its own. */
const REASONS: readonly (readonly [fault: RegExp, reason: string])[] = [
  [
    /dns|lookup|ENOTFOUND|EAI_AGAIN/i,
    "no such host is found: check the address and the network",
  ],
  [/refused/i, "nothing answers there"],
  [/timed ?out|timeout/i, "it doesn't answer in time"],
  [/certificate|\btls\b/i, "its certificate isn't trusted"],
];

/**
 * Why a server can't be reached, with the runtime's last words in brackets.
 *
 * @param url The address of a request, which may have gone through a proxy. Runtimes don't
 * say that it was the proxy that refused.
 */
export function networkReason(fault: string, url?: URL): string {
  const [, reason = "the connection failed"] =
    REASONS.find(([pattern]) => pattern.test(fault)) ?? [];
  const proxy = url && /refused/i.test(fault) && hasFiles() && !isLocal(url)
    ? ` or at ${
      url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"
    }, if that is set`
    : "";
  return `${reason}${proxy} (${lastWords(fault)})`;
}

/** Proxies aren't asked for what is on this machine. */
function isLocal({ hostname }: URL): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(hostname);
}
