import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import { FLOAT_DTYPES, isFloatDtype } from "../safetensors/floats.ts";
import type { TorchTensor } from "./tensor.ts";

/** @throws {CorruptWeightsError} Unless there is a float tensor of that shape. */
export function assertTensor(
  tensor: TorchTensor | undefined,
  name: string,
  shape: readonly number[],
): TorchTensor {
  if (tensor?.dtype === "quantized") throw quantized(name);
  if (tensor !== undefined && !isFloatDtype(tensor.dtype)) {
    throw new CorruptWeightsError(
      `Cannot use the tensor "${name}" as its dtype must be one of ${
        FLOAT_DTYPES.join(", ")
      }: it is ${tensor.dtype}`,
    );
  }
  if (tensor === undefined || String(tensor.shape) !== String(shape)) {
    throw new CorruptWeightsError(
      `Cannot use the tensor "${name}" as its shape must be [${shape}]: it is ${
        tensor === undefined ? "absent" : `[${tensor.shape}]`
      }`,
    );
  }
  return tensor;
}

/** Transposes `[outputs, inputs, height, width]` to `[height, width, inputs, outputs]`. */
export function outputsLast(tensor: ForeignTensor): ForeignTensor {
  const [outputs = 1, inputs = 1, ...window] = tensor.shape;
  return {
    name: tensor.name,
    shape: [...window, inputs, outputs],
    read() {
      const values = tensor.read();
      const taps = window.reduce((a, b) => a * b, 1);
      const result = new Float32Array(values.length);
      let from = 0;
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) {
          for (let tap = 0; tap < taps; tap++) {
            result[(tap * inputs + i) * outputs + o] = values[from++]!;
          }
        }
      }
      return result;
    },
  };
}

/** The error about a tensor that PyTorch quantized. */
export function quantized(name: string): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot use the tensor "${name}" as it must have floats: it is quantized. Save the model as it was before, and totem convert makes it int8`,
  );
}
