import { cost, modelMetadata } from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { metadataLines } from "../model/describe_metadata.ts";
import { kindAt } from "../io/open_file.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { type Command, parseOne } from "./command.ts";
import { flag } from "./option_kinds.ts";
import { counted, megabytes } from "../text/numbers.ts";
import { FileError, withFile } from "./file_error.ts";
import { verifyNamedFile } from "./network_file.ts";

/** `totem verify` */
export const verify: Command = {
  summary: "Check a Totem file for damage, and show its metadata",
  help: `\
Usage: totem verify FILE [options]

Checks that a Totem file is complete and consistent and, by its digest, that no
bit has changed since it was written. Shows its metadata and SHA-256.

Options:
  --json             Print one JSON object

Example:
  totem verify parts.safetensors`,
  async run(args, io) {
    const values = parseOne(args, "verify", "FILE", {
      json: flag,
    });
    const { argument: path } = values;
    if (findKnownModel(path) && await kindAt(path) === undefined) {
      throw new FileError(
        "verify",
        path,
        `there is no such file: totem pull --verify ${path} checks what is cached of the model`,
      );
    }
    const { network, size, isSealed, sha256 } = await withFile(
      "verify",
      path,
      () => verifyNamedFile(path),
    );
    const { architecture, labels, calibration, source, license } = network;
    const metadata = modelMetadata(network);
    const { parameters } = cost(networkGraph(network));
    if (values.json) {
      io.printJson({
        file: path,
        size,
        sha256,
        digest: isSealed ? "matches" : "none",
        parameters,
        architecture,
        labels,
        metadata,
        calibration,
        source,
        license,
      });
      return 0;
    }
    const { method, images } = calibration;
    const verdict = isSealed
      ? io.paint("green", "sound")
      : io.paint("yellow", "no digest: only its structure was checked");
    io.print(`${io.paint("bold", path)}  ${verdict}`);
    io.print(`  size      ${megabytes(size)}, SHA-256 ${sha256}`);
    const { lastBlock } = architecture;
    const name = lastBlock ? `Inception-v3 up to ${lastBlock}` : "Inception-v3";
    io.print(
      `  network   ${name}, ${counted(parameters, "parameter")}, ${
        counted(labels.length, "class", "classes")
      }`,
    );
    const [input, output] = metadataLines(metadata);
    io.print(`  input     ${input}`);
    io.print(`  output    ${output}`);
    io.print(
      `  ranges    ${
        method === "images"
          ? `set by ${counted(images, "photo")}`
          : "set by batch norm"
      }`,
    );
    io.print(`  source    ${source}`);
    io.print(`  licence   ${license}`);
    return 0;
  },
};
