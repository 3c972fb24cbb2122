import { isObject } from "../../argument.ts";
import type { KerasLayer } from "./parse_model.ts";
import { onlyOf, textOf } from "./values.ts";

/** The name of a layer's `activation`: `"relu"`, `"softmax"`, `"linear"`, ... */
export function activationNamed(value: unknown): string {
  if (value === undefined || value === null) return "linear";
  // How Keras 2 writes tf.nn.softmax.
  if (value === "softmax_v2") return "softmax";
  if (typeof value === "string") return value;
  const { class_name, config } = (value ?? {}) as Record<string, unknown>;
  // Keras 3 writes a function as { class_name: "function", config: "relu" }.
  if (typeof config === "string") return config;
  const className = textOf(class_name) || "of another kind";
  if (className === "Activation" || !isObject(config)) return className;
  return activationOf({ className, config: { ...config } }) ?? className;
}

/** The name of an activation layer's activation; `undefined` for other layers. */
export function activationOf(
  { className, config }: Pick<KerasLayer, "className" | "config">,
): string | undefined {
  switch (className) {
    case "Activation":
      return activationNamed(config.activation);
    case "Softmax":
      return [undefined, null, -1].includes(onlyOf(config.axis) as -1)
        ? "softmax"
        : "softmax of another axis";
    case "ReLU": {
      const { max_value, negative_slope, threshold } = config;
      const isPlain = max_value == null && !negative_slope && !threshold;
      return isPlain ? "relu" : "a bounded or leaky relu";
    }
    default: // LeakyReLU, PReLU, ELU, ...
      return /(ReLU|ELU)$/.test(className) ? className : undefined;
  }
}
