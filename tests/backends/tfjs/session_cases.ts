/** Tests of a tfjs session, for any of its backends. */
import assert from "node:assert/strict";
import type { Backend } from "../../../src/backends/backend.ts";
import { inceptionV3, type Network } from "../../../src/model/mod.ts";
import { importModel } from "../../layers_model.ts";
import { noise } from "../../random.ts";
import { evaluate } from "../../reference.ts";
import { tf } from "../../tfjs.ts";

/** Registers tests of a backend, which are skipped if it can't run. */
export function testSessions(
  backend: Backend,
  network: Network,
  { ignore }: { readonly ignore: boolean },
): void {
  const graph = inceptionV3({ ...network.architecture, variant: 75 });
  const pixels = noise(75);
  const name = ignore
    ? `${backend.device} (skipped: no adapter)`
    : backend.device;

  Deno.test({
    name: `a session on ${name} gives the outputs of the scalar reference`,
    ignore,
    async fn() {
      const expected = evaluate(network, graph, pixels);
      using session = await backend.reserve(graph).open(network);
      for (const output of ["features", "logits", "probabilities"] as const) {
        const found = await session.run(pixels, output);
        const { values } = expected.get(graph.outputs[output]!)!;
        assert.equal(found.length, values.length);
        assert.ok(maxDifference(found, values) < 1e-4, output);
      }
    },
  });

  Deno.test({
    name: `a session on ${name} leaves no tensor behind`,
    ignore,
    async fn() {
      const before = tf.memory().numTensors;
      const session = await backend.reserve(graph).open(network);
      await session.run(pixels, "probabilities");
      const afterFirst = tf.memory().numTensors;
      for (let i = 1; i < 10; i++) await session.run(pixels, "probabilities");
      assert.equal(tf.memory().numTensors, afterFirst);
      session[Symbol.dispose]();
      session[Symbol.dispose]();
      assert.equal(tf.memory().numTensors, before);
    },
  });
}

/** A network of few channels. */
export async function narrowNetwork(): Promise<Network> {
  return await importModel({
    architecture: {
      widthMultiplier: 1 / 16,
      classes: 7,
      hiddenUnits: [9],
    },
    gamma: true,
  });
}

/** The largest difference between values at the same position. */
export function maxDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  let max = 0;
  for (let i = 0; i < a.length; i++) {
    max = Math.max(max, Math.abs(a[i]! - b[i]!));
  }
  return max;
}
