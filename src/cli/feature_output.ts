import {
  type BackendDescription,
  describeBackend,
} from "../describe_backend.ts";
import type { Classifier } from "../classifier.ts";
import { type ResultTable, resultTable } from "./format_option.ts";
import type { Terminal } from "./terminal.ts";

/** The features of an image, and the backend that computed them. */
export interface FeaturesFound {
  readonly features: Float32Array;
  readonly backend: BackendDescription;
}

/** Adds the backend to the result of `run`. */
export function withBackend<A extends readonly unknown[]>(
  run: (model: Classifier, ...image: A) => Promise<Float32Array>,
) {
  return async (model: Classifier, ...image: A): Promise<FeaturesFound> => ({
    features: await run(model, ...image),
    backend: describeBackend(model),
  });
}

/** Writes the features of images. */
export interface FeatureOutput {
  /** Sets the number of features per image. Called before the first image is shown. */
  begin(featureCount: number): void;
  /** Writes the features of an image. */
  show(file: string, found: FeaturesFound): void;
  /** Writes the error of an image. */
  fail(file: string, error: string): void;
}

/** The line formats of `totem features`. */
export function featureOutput(
  io: Terminal,
  format: "json" | "csv" | "tsv",
): FeatureOutput {
  if (format === "json") {
    return {
      begin() {},
      show: (file, { features, backend }) =>
        io.printJson({ file, features: [...features], backend }),
      fail: (file, error) => io.printJson({ file, error }),
    };
  }
  return tableOutput(io, format);
}

/** Has one column per feature (f0, f1, ...), between the file and the error. */
function tableOutput(io: Terminal, format: "csv" | "tsv"): FeatureOutput {
  let table: ResultTable<string> | undefined;
  // Errors of arguments may occur before the columns are known.
  let early: { readonly file: string; readonly error: string }[] = [];
  return {
    begin(featureCount) {
      const names = Array.from({ length: featureCount }, (_, i) => `f${i}`);
      table = resultTable(io, format, ["file", ...names, "error"]);
      early.forEach(table.add);
      early = [];
    },
    show(file, { features }) {
      const row: Record<string, string | number> = { file };
      for (const [i, value] of features.entries()) row[`f${i}`] = value;
      table!.add(row);
    },
    fail(file, error) {
      if (table === undefined) early.push({ file, error });
      else table.add({ file, error });
    },
  };
}
