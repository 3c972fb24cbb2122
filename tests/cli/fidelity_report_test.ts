import assert from "node:assert/strict";
import type { Fidelity } from "../../src/convert/mod.ts";
import { printFidelities } from "../../src/cli/fidelity_report.ts";
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

Deno.test("printFidelities() says of 8 bits whether the cosine is lower than usual", async () => {
  const printed = async (eight: number, seven: number) => {
    const [a, b] = [fidelityOf(8, 31), fidelityOf(7, 9)];
    const fidelities = [
      { ...a, featuresCosine: { mean: eight, min: 0.5 } },
      { ...b, featuresCosine: { mean: seven, min: 0.5 } },
    ];
    const { stdout } = await captured((terminal) =>
      printFidelities(terminal, fidelities, 0)
    );
    return stdout;
  };
  const note =
    /^a cosine of 8 bits below 0\.98 is lower than usual .* --scale$/m;
  assert.match(await printed(0.9799, 0.97), note);
  assert.doesNotMatch(await printed(0.98, 0.5), note);
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
