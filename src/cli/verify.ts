import { cost, type ModelMetadata, modelMetadata } from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { describeMetadata, metadataLines } from "../model/describe_metadata.ts";
import { kindAt } from "../io/open_file.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { ASSUMABLE } from "../weights/totem_metadata.ts";
import { type Command, parseOne } from "./command.ts";
import {
  type Format,
  FORMAT_OPTIONS,
  formatOf,
  resultTable,
} from "./format_option.ts";
import { counted, megabytes } from "../text/numbers.ts";
import { FileError, withFile } from "./file_error.ts";
import { verifyNamedFile } from "./network_file.ts";
import { isDenied } from "./system.ts";
import { problemOf, type Terminal } from "./terminal.ts";

/** `totem verify` */
export const verify: Command = {
  summary: "Check a Totem file for damage, and show its metadata",
  help: `\
Usage: totem verify FILE [options]

Checks that a Totem file is complete and consistent and, by its digest, that no
bit has changed since it was written. Shows its metadata and SHA-256.

Options:
  --format NAME      Print text, json, csv or tsv (default: text). csv and tsv
                     have one row: file, size, sha256, digest, parameters,
                     classes, variant, pixels, crop, resize, pools, pooling,
                     hidden, activation, calibration, images, source, license,
                     error
  --json             Same as --format json: one object, or {"file","error"} if
                     the check fails

Example:
  totem verify parts.safetensors`,
  async run(args, io) {
    const values = parseOne(args, "verify", "FILE", FORMAT_OPTIONS);
    const { argument: path } = values;
    const format = formatOf(values, "text");
    try {
      print(io, format, await check(path));
      return 0;
    } catch (error) {
      // Programs that read the results also get the error, as for images.
      if (!isDenied(error)) printFault(io, format, path, error);
      throw error;
    }
  },
};

/** A valid file. */
interface Verified extends Awaited<ReturnType<typeof verifyNamedFile>> {
  readonly file: string;
  readonly metadata: ModelMetadata;
  readonly parameters: number;
}

async function check(path: string): Promise<Verified> {
  if (findKnownModel(path) && await kindAt(path) === undefined) {
    throw new FileError(
      "verify",
      path,
      `there is no such file: totem pull --verify ${path} checks what is cached of the model`,
    );
  }
  const verified = await withFile("verify", path, () => verifyNamedFile(path));
  const { network } = verified;
  return {
    ...verified,
    file: path,
    metadata: modelMetadata(network),
    parameters: cost(networkGraph(network)).parameters,
  };
}

/** The columns of `csv` and `tsv`. */
const COLUMNS = [
  "file",
  "size",
  "sha256",
  "digest",
  "parameters",
  "classes",
  ...ASSUMABLE,
  "calibration",
  "images",
  "source",
  "license",
  "error",
] as const;

function print(io: Terminal, format: Format, verified: Verified): void {
  if (format === "text") return printText(io, verified);
  const { file, network, size, isSealed, sha256, metadata, parameters } =
    verified;
  const { architecture, labels, calibration, source, license } = network;
  const digest = isSealed ? "matches" : "none";
  if (format === "json") {
    return io.printJson({
      ...{ file, size, sha256, digest, parameters, architecture, labels },
      ...{ metadata, calibration, source, license },
    });
  }
  const { method, images } = calibration;
  resultTable(io, format, COLUMNS).add({
    ...{ file, size, sha256, digest, parameters, source, license },
    ...describeMetadata(metadata),
    classes: labels.length,
    calibration: method,
    images,
  });
}

function printFault(
  io: Terminal,
  format: Format,
  file: string,
  problem: unknown,
): void {
  if (format === "text") return; // Reported on standard error.
  const fault = { file, error: problemOf(file, problem) };
  if (format === "json") io.printJson(fault);
  else resultTable(io, format, COLUMNS).add(fault);
}

function printText(io: Terminal, verified: Verified): void {
  const { file, network, size, isSealed, sha256, metadata, parameters } =
    verified;
  const { architecture, labels, calibration, source, license } = network;
  const { method, images } = calibration;
  const verdict = isSealed
    ? io.paint("green", "sound")
    : io.paint("yellow", "no digest: only its structure was checked");
  io.print(`${io.paint("bold", file)}  ${verdict}`);
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
        : "set by batch norm statistics"
    }`,
  );
  io.print(`  source    ${source}`);
  io.print(`  licence   ${license}`);
}
