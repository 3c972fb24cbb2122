/** `bun bun.mjs`: classifies images over HTTP in Bun. */
import { address, handler, run } from "./app.mjs";

const server = globalThis.Bun.serve({
  ...address,
  idleTimeout: 60, // In seconds: longer than the 30 that a request may take.
  fetch: (request, server) => {
    const hostname = server.requestIP(request)?.address;
    return handler(request, { remoteAddr: { hostname } }); // Clients share evenly.
  },
});
await run(server.port, () => server.stop());
