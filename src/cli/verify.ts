import { createHash } from "node:crypto";
import { cost, factLines, factsOf, inceptionV3 } from "../model/mod.ts";
import { readNetwork } from "../weights/totem_file.ts";
import { verifyNetwork } from "../weights/verify_network.ts";
import { type Command, expectOnePositional, parse } from "./command.ts";
import { counted } from "./counted.ts";
import { paint, print, printJson } from "./terminal.ts";

/** `totem verify` */
export const verify: Command = {
  summary: "Check a Totem file to the last byte, and show what it is",
  help: `\
Usage: totem verify FILE [options]

Checks that a Totem file is whole and sound to the last byte, and shows what it
says of itself and the SHA-256 of its bytes.

Options:
  --json             One JSON object

Example:
  totem verify parts.safetensors`,
  async run(args) {
    const { values, positionals } = parse(args, {
      json: { type: "boolean" },
    });
    const path = expectOnePositional(positionals, "verify", "FILE");
    const { size } = await Deno.stat(path);
    const hash = createHash("sha256");
    const hashed = (await Deno.open(path)).readable.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(part, controller) {
          hash.update(part);
          controller.enqueue(part);
        },
      }),
    );
    const network = await readNetwork(hashed, { size });
    verifyNetwork(network);
    const sha256 = hash.digest("hex");
    const { architecture, labels, calibration, source, license } = network;
    const facts = factsOf(network);
    const { parameters } = cost(inceptionV3(architecture));
    if (values.json) {
      printJson({
        file: path,
        size,
        sha256,
        parameters,
        architecture,
        labels,
        facts,
        calibration,
        source,
        license,
      });
      return 0;
    }
    const { method, images } = calibration;
    print(`${paint("bold", path)}  ${paint("green", "sound")}`);
    print(`  size      ${(size / 1e6).toFixed(1)} MB, SHA-256 ${sha256}`);
    print(
      `  network   Inception-v3, ${counted(parameters, "parameter")}, ${
        counted(labels.length, "class", "classes")
      }`,
    );
    const [input, output] = factLines(facts);
    print(`  input     ${input}`);
    print(`  output    ${output}`);
    print(
      `  ranges    ${
        method === "images"
          ? `set by ${counted(images, "photo")}`
          : "set by batch norm"
      }`,
    );
    print(`  source    ${source}`);
    print(`  licence   ${license}`);
    return 0;
  },
};
