/**
 * Makes TFJS layers models of Inception-v3 in the format of Keras and its converter,
 * with random weights: small models that differ from real ones only in their width.
 */
import {
  inceptionV3,
  inferShapes,
  INPUT,
  type Network,
} from "../src/model/mod.ts";
import { elementCount } from "../src/model/shapes.ts";
import { importLayersModel } from "../src/weights/tfjs_layers.ts";
import { randomNumbers } from "./random.ts";
import { filled } from "./filled.ts";

type Architecture = Network["architecture"];

export interface LayersModelOptions {
  readonly architecture?: Architecture;
  readonly encoding?: "float32" | "float16" | "uint8" | "uint16";
  /** The number of the first `conv2d_*` and `batch_normalization_*`. */
  readonly firstNumber?: number;
  /** Whether batch norm has a gamma. */
  readonly gamma?: boolean;
  /** Whether the global pool is an 8 x 8 average pool and a flattening. */
  readonly flatten?: boolean;
  /** The size of a shard. */
  readonly shardBytes?: number;
}

/** A layer in a `model.json`. */
export interface LayerJson {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[][];
}

/** A `model.json`, with types for the parts that tests change. */
export interface ModelJson {
  format: string;
  modelTopology: {
    model_config: {
      class_name: string;
      config: {
        name: string;
        layers: LayerJson[];
        input_layers: unknown[];
        output_layers: unknown[];
      };
    };
  };
  weightsManifest: { paths: string[]; weights: WeightJson[] }[];
}

export interface WeightJson {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: Record<string, unknown>;
}

export interface LayersModel {
  readonly modelJson: ModelJson;
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

/** An Inception-v3 at a sixteenth of the width: 93 thousand parameters. */
export const NARROW = { widthMultiplier: 1 / 16, classes: 7 };

export function makeLayersModel(
  options: LayersModelOptions = {},
): LayersModel {
  const {
    architecture = NARROW as Architecture,
    encoding = "float32",
    firstNumber = 1,
    gamma = false,
    flatten = false,
    shardBytes = 100_000,
  } = options;
  const { activation = "softmax" } = architecture;
  const answer = activation === "none" ? "linear" : activation;
  const graph = inceptionV3(architecture);
  const shapes = inferShapes(graph);
  const random = randomNumbers(1);
  const layers: LayerJson[] = [];
  const tensors: [name: string, shape: number[], values: Float32Array][] = [];
  const add = (
    class_name: string,
    name: string,
    inputs: readonly string[],
    config: Record<string, unknown>,
  ) => {
    const references = inputs.map((it) => [it, 0, 0, {}]);
    layers.push({
      name,
      class_name,
      config: { name, ...config },
      inbound_nodes: references.length === 0 ? [] : [references],
    });
    return name;
  };
  const tensor = (name: string, shape: number[], min: number, max: number) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const values = filled(
      Float32Array,
      length,
      () => min + random() * (max - min),
    );
    tensors.push([name, shape, values]);
  };
  const data_format = "channels_last";

  // Maps each node to the Keras layer with its activation.
  const names = new Map([[
    INPUT,
    add("InputLayer", "input_7", [], {
      batch_input_shape: [null, null, null, 3],
      dtype: "float32",
    }),
  ]]);
  const nameOf = (node: string) => names.get(node)!;
  let number = firstNumber;
  for (const node of graph.nodes) {
    let name: string;
    switch (node.op) {
      case "conv": {
        const channelsIn = shapes.get(node.input)![2];
        name = add("Conv2D", `conv2d_${number}`, [nameOf(node.input)], {
          filters: node.channels,
          kernel_size: [...node.kernel],
          strides: [node.stride, node.stride],
          padding: node.padding,
          data_format,
          dilation_rate: [1, 1],
          activation: "linear",
          use_bias: false,
        });
        const fanIn = node.kernel[0] * node.kernel[1] * channelsIn;
        const bound = Math.sqrt(6 / fanIn);
        const shape = [...node.kernel, channelsIn, node.channels];
        tensor(`${name}/kernel`, shape, -bound, bound);
        name = add("BatchNormalization", `batch_normalization_${number}`, [
          name,
        ], { axis: 3, epsilon: 1e-3, center: true, scale: gamma });
        tensor(`${name}/beta`, [node.channels], -0.3, 0.5);
        if (gamma) tensor(`${name}/gamma`, [node.channels], 0.5, 1.5);
        tensor(`${name}/moving_mean`, [node.channels], -0.3, 0.3);
        tensor(`${name}/moving_variance`, [node.channels], 0.5, 2);
        name = add("Activation", `activation_${number++}`, [name], {
          activation: "relu",
        });
        break;
      }
      case "maxPool":
      case "avgPool":
        name = add(
          node.op === "maxPool" ? "MaxPooling2D" : "AveragePooling2D",
          `pool_${names.size}`,
          [nameOf(node.input)],
          {
            pool_size: [node.size, node.size],
            strides: [node.stride, node.stride],
            padding: node.padding,
            data_format,
          },
        );
        break;
      case "concat":
        name = add(
          "Concatenate",
          `mixed_${names.size}`,
          node.inputs.map(nameOf),
          { axis: 3 },
        );
        break;
      case "globalMaxPool":
        name = add("GlobalMaxPooling2D", "pool", [nameOf(node.input)], {
          data_format,
        });
        break;
      case "flatten":
        name = add("Flatten", "flatten_1", [nameOf(node.input)], {
          data_format,
        });
        break;
      case "globalAvgPool":
        name = flatten
          ? add("Flatten", "flatten_1", [
            add("AveragePooling2D", "pool", [nameOf(node.input)], {
              pool_size: [8, 8],
              strides: [8, 8],
              padding: "valid",
              data_format,
            }),
          ], { data_format })
          : add("GlobalAveragePooling2D", "pool", [nameOf(node.input)], {
            data_format,
          });
        break;
      case "dense": {
        const valuesIn_ = elementCount(shapes.get(node.input)!);
        const last = node.name === graph.outputs.logits;
        name = add("Dense", `dense_${number++}`, [nameOf(node.input)], {
          units: node.units,
          activation: last ? answer : "relu",
          use_bias: true,
        });
        tensor(`${name}/kernel`, [valuesIn_, node.units], -0.3, 0.3);
        tensor(`${name}/bias`, [node.units], -0.3, 0.3);
        if (!last) {
          name = add("Dropout", `dropout_${number}`, [name], { rate: 0.5 });
        }
        break;
      }
      case "softmax":
      case "sigmoid": // Inside of the last dense layer.
        name = nameOf(node.input);
    }
    names.set(node.name, name);
  }

  // The converter sorts tensors by name; importers must not depend on their order.
  tensors.sort(([a], [b]) => a < b ? -1 : 1);
  const encoded = tensors.map(([, , values]) => encode(values, encoding));
  const bytes = new Uint8Array(
    encoded.reduce((sum, { bytes }) => sum + bytes.length, 0),
  );
  let offset = 0;
  for (const part of encoded) {
    bytes.set(part.bytes, offset);
    offset += part.bytes.length;
  }
  const shards = new Map<string, Uint8Array>();
  for (let i = 0; i * shardBytes < bytes.length; i++) {
    shards.set(
      `group1-shard${i + 1}.bin`,
      bytes.slice(i * shardBytes, (i + 1) * shardBytes),
    );
  }
  const { probabilities, features } = graph.outputs;
  const output = nameOf(probabilities ?? features);
  return {
    modelJson: {
      format: "layers-model",
      modelTopology: {
        model_config: {
          class_name: "Model",
          config: {
            name: "inception_v3",
            layers,
            input_layers: [["input_7", 0, 0]],
            output_layers: [[output, 0, 0]],
          },
        },
      },
      weightsManifest: [{
        paths: [...shards.keys()],
        weights: tensors.map(([name, shape], i) => ({
          name,
          shape,
          dtype: "float32",
          ...encoded[i]!.quantization && {
            quantization: encoded[i]!.quantization,
          },
        })),
      }],
    },
    shards,
  };
}

/** Imports a made model as a network. */
export function importModel(options?: LayersModelOptions): Promise<Network> {
  const { modelJson, shards } = makeLayersModel(options);
  return importLayersModel(
    modelJson,
    (name) => Promise.resolve(shards.get(name)!),
  );
}

/** Writes a model's files into `folder`. */
export async function writeLayersModel(
  { modelJson, shards }: LayersModel,
  folder: string,
): Promise<void> {
  await Deno.writeTextFile(`${folder}/model.json`, JSON.stringify(modelJson));
  for (const [name, bytes] of shards) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
}

function encode(
  values: Float32Array,
  encoding: NonNullable<LayersModelOptions["encoding"]>,
): { bytes: Uint8Array; quantization?: Record<string, unknown> } {
  switch (encoding) {
    case "float32":
      return { bytes: new Uint8Array(values.buffer) };
    case "float16": {
      const halves = new Float16Array(values);
      return {
        bytes: new Uint8Array(halves.buffer),
        quantization: { dtype: "float16", original_dtype: "float32" },
      };
    }
    case "uint8":
    case "uint16": {
      const min = Math.min(...values);
      const levels = encoding === "uint8" ? 255 : 65535;
      const scale = (Math.max(...values) - min) / levels || 1;
      const rounded = values.map((it) => Math.round((it - min) / scale));
      const codes = encoding === "uint8"
        ? new Uint8Array(rounded)
        : new Uint16Array(rounded);
      return {
        bytes: new Uint8Array(codes.buffer),
        quantization: {
          dtype: encoding,
          min,
          scale,
          original_dtype: "float32",
        },
      };
    }
  }
}
