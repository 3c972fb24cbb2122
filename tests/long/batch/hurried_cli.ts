/**
 * The command line with shorter limits: an image server may be silent for 1 s instead
 * of 30, and pauses take a tenth of their time. Each request names its process and its
 * run, so that a server can choose the response.
 */
const { setTimeout, fetch } = globalThis;

globalThis.setTimeout = ((
  action: () => void,
  ms = 0,
  ...args: unknown[]
) =>
  setTimeout(
    action,
    ms === 30_000 ? 1000 : ms >= 1000 ? ms / 10 : ms,
    ...args as [],
  )) as typeof setTimeout;

globalThis.fetch = ((input: RequestInfo | URL, init: RequestInit = {}) => {
  const headers = new Headers(
    init.headers ?? (input instanceof Request ? input.headers : undefined),
  );
  headers.set("x-process", `${Deno.pid}`);
  headers.set("x-run", Deno.env.get("TEST_RUN") ?? "");
  return fetch(input, { ...init, headers });
}) as typeof fetch;

const { main } = await import("../../../src/cli.ts");
Deno.exitCode = await main(Deno.args);
