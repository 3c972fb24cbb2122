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

/** Why a server can't be reached, with the runtime's own words in brackets. */
export function networkReason(fault: string): string {
  const [, reason = "the connection failed"] =
    REASONS.find(([pattern]) => pattern.test(fault)) ?? [];
  // The address is named before it.
  const words = fault.replace(
    /^error sending request .*?: (?=client error)/,
    "",
  );
  return `${reason} (${words})`;
}
