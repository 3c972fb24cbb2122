/** Opens sessions, runs and disposes each; exits if nothing keeps the process alive. */
import { prepareEngine } from "../../../src/backends/simd/engine.ts";
import { openSession } from "../../../src/backends/simd/session.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { noise } from "../../random.ts";
import { narrowNetwork } from "./narrow_file.ts";

const network = await narrowNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
for (const request of JSON.parse(Deno.args[0]!)) {
  const engine = await prepareEngine(graph, request);
  const session = openSession(engine, network);
  await session.run(noise(75), "features");
  // Including threads that have just been notified of the next image.
  await Promise.all(
    [1, 2, 3].map((seed) => session.run(noise(75, seed), "logits")),
  );
  const pending = [1, 2, 3, 4, 5, 6].map((seed) =>
    session.run(noise(75, seed), "features")
  );
  session[Symbol.dispose]();
  // Some were done before; waiting ones are refused.
  const outcomes = await Promise.allSettled(pending);
  if (outcomes.at(-1)!.status === "rejected") console.log("done");
}
