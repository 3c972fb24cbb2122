import { lastWords } from "../text/last_words.ts";
import { hasFiles } from "../runtime/environment.ts";

/** The meanings of connection errors, whose texts differ between runtimes. */
const REASONS: readonly (readonly [fault: RegExp, reason: string])[] = [
  [
    /proxy auth|proxy response \(407\)/i,
    "the proxy in HTTPS_PROXY requires a user and a password: write http://USER:PASSWORD@HOST:PORT",
  ],
  [/\btunnel/i, "the proxy in HTTPS_PROXY refuses the connection"],
  [
    /dns|lookup|ENOTFOUND|EAI_AGAIN/i,
    "no such host is found: check the address and the network",
  ],
  [/refused/i, "nothing answers there"],
  [/timed ?out|timeout/i, "it doesn't answer in time"],
  [/certificate|\btls\b/i, "its certificate isn't trusted"],
];

/**
 * The reason why a server can't be reached, with the runtime's text in brackets.
 *
 * @param url The URL of a request, which may have used a proxy. Runtimes don't report
 * that nothing answers at the proxy's address.
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

/** Proxies aren't used for this machine. */
function isLocal({ hostname }: URL): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(hostname);
}
