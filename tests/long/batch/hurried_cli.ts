/**
 * The command line with pauses of a tenth of their time, and a limit of 1 s instead of 30
 * for the one image that never comes. All other limits stay, as machines may be busy.
 * Each request names its process and its run, so that a server can choose the response.
 */
const { setTimeout, fetch } = globalThis;

/** Whether the last request was for the image that never comes. */
let isSilent = false;

globalThis.setTimeout = ((
  action: () => void,
  ms = 0,
  ...args: unknown[]
) => setTimeout(action, hurried(ms), ...args as [])) as typeof setTimeout;

function hurried(ms: number): number {
  if (ms === 30_000 && isSilent) {
    isSilent = false;
    return 1000;
  }
  const isPause = ms >= 1000 && ms < 10_000;
  return isPause ? ms / 10 : ms;
}

globalThis.fetch = ((input: RequestInfo | URL, init: RequestInit = {}) => {
  const headers = new Headers(
    init.headers ?? (input instanceof Request ? input.headers : undefined),
  );
  headers.set("x-process", `${Deno.pid}`);
  headers.set("x-run", Deno.env.get("TEST_RUN") ?? "");
  const url = input instanceof Request ? input.url : `${input}`;
  isSilent = new URL(url).pathname === "/silent"; // The limit's timer starts next.
  return fetch(input, { ...init, headers });
}) as typeof fetch;

const { main } = await import("../../../src/cli.ts");
Deno.exitCode = await main(Deno.args);
