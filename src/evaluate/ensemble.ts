import { assertArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import type { Predictor } from "./predictor.ts";

/**
 * An ensemble of models: the mean of their probabilities (arXiv 1512.00567, Table 5).
 *
 * @throws {ArgumentError} When there are none, or their labels differ, or some have a
 * sigmoid and others softmax.
 *
 * @example Two models, each on 12 crops of an image
 * ```ts
 * import { load } from "@totem/inception";
 * import { ensemble, withCrops } from "@totem/inception/evaluate";
 *
 * using first = await load("first.safetensors");
 * using second = await load("second.safetensors");
 * const predictor = ensemble([withCrops(first, 12), withCrops(second, 12)]);
 * const photo = await Deno.readFile("photo.jpg");
 * console.log(await predictor.predict(photo));
 * ```
 */
export function ensemble(members: readonly Predictor[]): Predictor {
  assertArgument(
    Array.isArray(members) &&
      members.every((it) => typeof it?.predict === "function"),
    "predict with an ensemble as it must be an array of predictors, as withCrops() gives them",
    members,
  );
  const [first] = members;
  if (first === undefined) {
    throw new ArgumentError("Cannot predict with an ensemble of no models");
  }
  assertSameLabels(members);
  const { activation = "softmax" } = first;
  if (members.some((it) => (it.activation ?? "softmax") !== activation)) {
    throw new ArgumentError(
      "Cannot predict with models some of which have a sigmoid and others softmax",
    );
  }
  return {
    labels: first.labels,
    activation,
    concurrency: Math.max(...members.map(({ concurrency }) => concurrency)),
    async predict(image, signal) {
      const mean = new Float32Array(first.labels.length);
      let inference = 0;
      for (const member of members) {
        const prediction = await member.predict(image, signal);
        inference += prediction.inference;
        for (let i = 0; i < mean.length; i++) {
          mean[i]! += prediction.probabilities[i]! / members.length;
        }
      }
      return { probabilities: mean, inference };
    },
  };
}

function assertSameLabels(members: readonly Predictor[]): void {
  const [first, ...others] = members.map(({ labels }) => labels);
  for (const [i, labels] of others.entries()) {
    const at = first!.findIndex((label, index) => label !== labels[index]);
    if (at < 0 && labels.length === first!.length) continue;
    throw new ArgumentError(
      at < 0
        ? `Cannot predict with models of different classes: model 1 has ${
          first!.length
        }, model ${i + 2} has ${labels.length}`
        : `Cannot predict with models of different classes: class ${at} of model 1 is ${
          JSON.stringify(first![at])
        }, of model ${i + 2} ${JSON.stringify(labels[at])}`,
    );
  }
}
