/**
 * Reads and modifies the Keras files of `tests/data/models`.
 */
import { gunzipSync } from "node:zlib";
import type { ImportedLayer } from "../src/weights/foreign/imported.ts";
import { openZip } from "../src/weights/zip.ts";
import { makeZip } from "./make_zip.ts";

const FOLDER = new URL("data/models/keras/", import.meta.url);

/** Reads a file written by Keras. */
export function readKerasFile(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    gunzipSync(Deno.readFileSync(new URL(`${name}.gz`, FOLDER))),
  );
}

/** JSON of a layer or a model, which tests modify. */
// deno-lint-ignore no-explicit-any -- as it is changed anywhere.
export type Json = any;

/** The configuration of a `.keras` file. */
export function configOf(file: Uint8Array): Json {
  const config = openZip(file).read("config.json")!;
  return JSON.parse(new TextDecoder().decode(config));
}

/** Returns a `.keras` file with another configuration. */
export function withConfig(file: Uint8Array, config: Json): Uint8Array {
  return makeZip({
    "metadata.json": "{}",
    "config.json": JSON.stringify(config),
    "model.weights.h5": openZip(file).read("model.weights.h5")!,
  });
}

/**
 * Converts a model's configuration from Keras 3 to the format of Keras 2: references
 * are lists, and modules aren't named.
 */
export function keras2Config({ class_name, config }: Json): Json {
  const copy = structuredClone(config);
  copy.layers = copy.layers.map(keras2Layer);
  for (const end of ["input_layers", "output_layers"]) {
    if (typeof copy[end]?.[0] === "string") copy[end] = [copy[end]];
  }
  return { class_name, config: copy };
}

function keras2Layer(layer: Json): Json {
  const { module: _, registered_name: __, ...copy } = structuredClone(layer);
  if (Array.isArray(copy.config.layers)) {
    copy.config = keras2Config(copy).config;
  }
  const { batch_shape, ...config } = copy.config;
  copy.config = config;
  if (batch_shape !== undefined) config.batch_input_shape = batch_shape;
  if (typeof config.dtype === "object") config.dtype = "float32";
  if (copy.inbound_nodes === undefined) return copy;
  copy.inbound_nodes = copy.inbound_nodes.map(({ args, kwargs }: Json) =>
    args.flat().map((it: Json) => [
      ...it.config.keras_history,
      kwargs.training === undefined ? {} : { training: kwargs.training },
    ])
  );
  return copy;
}

/** All values of a model's layers, in comparable form. */
export function valuesOf(
  layers: ReadonlyMap<string, ImportedLayer>,
): Record<string, unknown> {
  return Object.fromEntries(
    [...layers].sort(([a], [b]) => a < b ? -1 : 1).map((
      [name, { kernel, bias, before, after }],
    ) => {
      const scalings = [...before ?? [], ...after ?? []].map((it) =>
        Object.fromEntries(
          Object.entries(it).filter(([key]) =>
            key !== "name" && key !== "input"
          )
            .map(([key, value]) => [
              key,
              typeof value === "object" ? sumOf(value.read()) : value,
            ]),
        )
      );
      return [name, {
        kernel: sumOf(kernel.read()),
        bias: bias && sumOf(bias.read()),
        scalings,
      }];
    }),
  );
}

/** A fingerprint of the values. */
function sumOf(values: Float32Array): number {
  return values.reduce((sum, it, i) => sum + it * (1 + i % 97), 0);
}
