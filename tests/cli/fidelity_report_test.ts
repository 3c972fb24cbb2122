import assert from "node:assert/strict";
import type { Fidelity } from "../../src/convert/mod.ts";
import {
  printFidelities,
  warnOfFidelities,
} from "../../src/cli/fidelity_report.ts";
import { captured } from "./in_process.ts";

Deno.test("printFidelities() has each figure under its head, and explains a dash", async () => {
  const told = await captured((terminal) =>
    printFidelities(
      terminal,
      [fidelityOf(8, 31.25), fidelityOf(7, undefined)],
      0,
    )
  );
  assert.equal(
    told.stdout,
    `
compared with f32 on 12 other photos:
activations  features' cosine (least)  same first answer
8 bits              0.99900 (0.98000)           11 of 12
7 bits              0.99900 (0.98000)           11 of 12

signal to noise of each layer, in dB:
layer      8 bits  7 bits
Conv2d_1a    31.3       -
"-": the layer gives 0 for every photo, or int8 has no error
`,
  );
  const all = await captured((terminal) =>
    printFidelities(terminal, [fidelityOf(8, 31.25), fidelityOf(7, 9)], 0)
  );
  assert.ok(all.stdout.endsWith("31.3     9.0\n"), all.stdout);
});

Deno.test("printFidelities() calls no photo another that set the ranges", async () => {
  const { stdout } = await captured((terminal) =>
    printFidelities(terminal, [fidelityOf(8, 31), fidelityOf(7, 9)], 3)
  );
  assert.equal(
    stdout.split("\n")[1],
    "compared with f32 on 12 photos, of which 3 set the ranges: agreement looks better than it is",
  );
});

Deno.test("warnOfFidelities() warns of a low cosine, and of other answers of many photos", async () => {
  const warned = async (mean: number, sameAnswer: number, images: number) => {
    const featuresCosine = { mean, min: 0.5 };
    const fidelities = ([8, 7] as const).map((bits) => ({
      ...fidelityOf(bits, 9),
      ...bits === 8 && { featuresCosine, sameAnswer, images },
    }));
    const { stdout, stderr } = await captured((terminal) =>
      warnOfFidelities(terminal, "a.safetensors", fidelities)
    );
    assert.equal(stdout, "");
    return stderr;
  };
  assert.match(
    await warned(0.9799, 12, 12),
    /^warning a\.safetensors is less like f32 than usual: the features' cosine is 0\.9799\. Give --calibrate .* --scale\n$/,
  );
  assert.match(
    await warned(0.9, 9, 12),
    /: the features' cosine is 0\.9000, and 9 of 12 photos have the same answer\./,
  );
  assert.equal(await warned(0.98, 10, 12), "");
  assert.equal(await warned(0.98, 0, 9), ""); // Too few to judge.
});

Deno.test("printFidelities() says which numbers of photos are too few to judge by", async () => {
  const printed = async (images: number) => {
    const fidelities = ([8, 7] as const).map((bits) => ({
      ...fidelityOf(bits, 9),
      images,
    }));
    const { stdout } = await captured((terminal) =>
      printFidelities(terminal, fidelities, 0)
    );
    return stdout.split("\n").find((it) => it.includes("too few"));
  };
  assert.equal(
    await printed(1),
    "1 photo is too few to judge by: give --evaluate PATH with 10 or more",
  );
  assert.match(await printed(9) ?? "", /^9 photos are too few /);
  assert.equal(await printed(10), undefined);
});

Deno.test("printFidelities() shows the 5 worst layers of more, worst first", async () => {
  const ratios = [20, undefined, 5, 30, 11, 7, 40, 11];
  const fidelities = ([8, 7] as const).map((bits) => ({
    ...fidelityOf(bits, 9),
    layers: ratios.map((it, i) => ({
      name: `layer${i}`,
      ...it !== undefined && { signalToNoise: it + bits - 8 },
    })),
  }));
  const { stdout } = await captured((terminal) =>
    printFidelities(terminal, fidelities, 0)
  );
  assert.ok(
    stdout.endsWith(`
signal to noise of the 5 worst layers, in dB (--json has all):
layer   8 bits  7 bits
layer2     5.0     4.0
layer5     7.0     6.0
layer4    11.0    10.0
layer7    11.0    10.0
layer0    20.0    19.0
`),
    stdout,
  );
});

Deno.test("printFidelities() says that nothing was compared, and what to give", async () => {
  const { stdout } = await captured((terminal) =>
    printFidelities(terminal, [], 0)
  );
  assert.match(
    stdout,
    /^not compared with f32: no photos .* --evaluate PATH, or 5 photos or more/,
  );
});

Deno.test("printFidelities() says what is the same of each kind of answer", async () => {
  const printed = async (changes: Partial<Fidelity>) => {
    const fidelities = ([8, 7] as const).map((bits) => {
      const { images, featuresCosine, layers } = fidelityOf(bits, 9);
      const rest = { bits, images, featuresCosine, layers };
      return { ...rest, activation: null, ...changes };
    });
    const { stdout } = await captured((terminal) =>
      printFidelities(terminal, fidelities, 0)
    );
    return stdout;
  };
  const sigmoid = await printed({ activation: "sigmoid", sameAnswer: 10 });
  assert.match(sigmoid, / same answers above 0\.5\n8 bits .* 10 of 12\n/);
  const none = await printed({ activation: "none", logitsError: 0.01234 });
  assert.match(none, / error of logits\n8 bits .* 1\.23%\n/);
  // All logits are 0.
  assert.match(await printed({ activation: "none" }), /8 bits .* -\n/);
});

function fidelityOf(bits: 7 | 8, ratio: number | undefined): Fidelity {
  return {
    bits,
    images: 12,
    activation: "softmax",
    logitsError: 0.01,
    featuresCosine: { mean: 0.999, min: 0.98 },
    sameAnswer: 11,
    layers: [{
      name: "Conv2d_1a",
      ...ratio !== undefined && { signalToNoise: ratio },
    }],
  };
}
