/**
 * Convolutions, pools and padding of ONNX.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignPadding } from "../foreign/graph.ts";
import { transposed } from "../foreign/transpose.ts";
import { Unread } from "../foreign/unread.ts";
import { intOf, intsOf, pairOf, settingOf, textOf } from "./attributes.ts";
import {
  type Activation,
  activationAt,
  constantAt,
  gridAt,
  nodeKind,
  nodeText,
  paddedAt,
  type Pads,
  type Reading,
  type Size,
  weightsAt,
} from "./values.ts";

type Pair = readonly [height: number, width: number];

export function conv(reading: Reading): Activation {
  const { node, add } = reading;
  const x = gridAt(reading, 0);
  const weight = weightsAt(reading, 1);
  if (weight.shape.length !== 4) {
    throw new Unread(`a Conv of ${weight.shape.length - 2} axes`);
  }
  const [height = 0, width = 0] = weight.shape.slice(2);
  const stride = pairOf(node, "strides", [1, 1]);
  const dilation = pairOf(node, "dilations", [1, 1]);
  const padding = paddingOf(reading, x.pads);
  const key = add({
    op: "conv",
    input: x.key,
    kernel: transposed(weight, [2, 3, 1, 0]),
    bias: constantAt(reading, 2),
    stride,
    padding,
    dilation,
    groups: intOf(node, "group", 1),
  });
  const window: Pair = [
    (height - 1) * dilation[0] + 1,
    (width - 1) * dilation[1] + 1,
  ];
  return {
    kind: "activation",
    key,
    layout: x.layout,
    size: sizeAfter(x.size, window, stride, padding),
    isLinear: true,
  };
}

export function maxPool(reading: Reading): Activation {
  const x = gridAt(reading, 0);
  // Explicit zeros may be the maximum, unlike a pool's own padding.
  if (x.pads !== undefined) throw new Unread("a MaxPool of a padded value");
  return pool(reading, x, "max");
}

export function averagePool(reading: Reading): Activation {
  const { node } = reading;
  const x = gridAt(reading, 0);
  const countIncludePad = intOf(node, "count_include_pad", 0) === 1;
  if (x.pads === undefined) return pool(reading, x, "mean", countIncludePad);
  // The mean counts explicit zeros like any other value.
  const own = paddingOf(reading);
  if (own !== "valid" && !countIncludePad) {
    throw new Unread("an AveragePool that counts a part of its padding");
  }
  return pool(reading, x, "mean", true);
}

function pool(
  reading: Reading,
  x: Activation,
  kind: "mean" | "max",
  countIncludePad?: boolean,
): Activation {
  const { node, add } = reading;
  const size = pairOf(node, "kernel_shape");
  const stride = pairOf(node, "strides", [1, 1]);
  const padding = paddingOf(reading, x.pads);
  if (String(pairOf(node, "dilations", [1, 1])) !== "1,1") {
    throw new Unread(`${nodeKind(reading)} with dilations`);
  }
  if (intOf(node, "ceil_mode", 0) === 1) {
    assertCeilChangesNothing(reading, x.size, size, stride, padding);
  }
  const key = add({
    op: "pool",
    input: x.key,
    kind,
    size,
    stride,
    padding,
    ...padding !== "valid" && countIncludePad !== undefined &&
      { countIncludePad },
  });
  return {
    kind: "activation",
    key,
    layout: x.layout,
    size: sizeAfter(x.size, size, stride, padding),
  };
}

/** A Pad with zeros. They become the padding of the node that reads them. */
export function pad(reading: Reading): Activation {
  const { node, opset } = reading;
  const x = paddedAt(reading, 0);
  const rank = x.layout.length;
  const pads = settingOf(reading, "pads", 1) ?? [];
  const axes = settingOf(reading, "axes", 3)?.map((it) => (it + rank) % rank) ??
    Array.from(x.layout, (_, i) => i);
  const value = opset < 11
    ? node.attribute("value")?.float(2) ?? 0
    : constantAt(reading, 2)?.read()[0] ?? 0;
  if (textOf(node, "mode", "constant") !== "constant" || value !== 0) {
    throw new Unread("a Pad of something else than zeros");
  }
  const sides: [number, number, number, number] = [...x.pads ?? [0, 0, 0, 0]];
  for (const [i, axis] of axes.entries()) {
    const letter = x.layout[axis] ?? "";
    for (
      const [side, count = 0] of [pads[i], pads[i + axes.length]].entries()
    ) {
      if (count === 0) continue;
      if (count < 0) throw new Unread("a Pad that cuts values off");
      if (letter !== "H" && letter !== "W") {
        throw new Unread("a Pad of another axis than height and width");
      }
      sides[side * 2 + (letter === "W" ? 1 : 0)]! += count;
    }
  }
  return { ...x, ...sides.some((it) => it > 0) && { pads: sides } };
}

export const globalPool = (kind: "mean" | "max") =>
(
  reading: Reading,
): Activation => {
  const x = activationAt(reading, 0);
  if (!x.layout.startsWith("NCHW")) {
    throw new Unread(`${nodeKind(reading)} of the axes ${x.layout}`);
  }
  const key = reading.add({ op: "globalPool", input: x.key, kind });
  return { kind: "activation", key, layout: "NCHW", size: [1, 1] };
};

/** The mean or maximum over all pixels. */
export const reduce = (kind: "mean" | "max") =>
(
  reading: Reading,
): Activation => {
  const x = activationAt(reading, 0);
  const rank = x.layout.length;
  const axes = settingOf(reading, "axes", 1)?.map((it) => (it + rank) % rank);
  const letters = axes?.map((it) => x.layout[it]).sort().join("");
  if (letters !== "HW") {
    throw new Unread(
      `${nodeKind(reading)} of the axes ${letters ?? "all"} instead of HW`,
    );
  }
  const key = reading.add({ op: "globalPool", input: x.key, kind });
  const keeps = intOf(reading.node, "keepdims", 1) === 1;
  const layout = keeps ? x.layout : x.layout.replace(/[HW]/g, "");
  return { kind: "activation", key, layout, size: [1, 1] };
};

function paddingOf(reading: Reading, around?: Pads): ForeignPadding {
  const { node } = reading;
  const auto = textOf(node, "auto_pad", "NOTSET");
  switch (auto) {
    case "SAME_UPPER":
      if (around === undefined) return "same";
      break;
    case "VALID":
      return around ?? "valid";
    case "NOTSET": {
      const pads = intsOf(node, "pads") ?? [0, 0, 0, 0];
      const isValid = pads.length === 4 && pads.every((it) => it >= 0);
      if (!isValid) {
        throw new CorruptWeightsError(
          `Cannot import ${
            nodeText(node)
          } as its pads must be four whole numbers >= 0: they are [${pads}]`,
        );
      }
      const sides = pads.map((it, i) => it + (around?.[i] ?? 0));
      return sides.every((it) => it === 0) ? "valid" : sides as unknown as Pads;
    }
  }
  throw new Unread(
    `${nodeKind(reading)} with auto_pad ${auto}${
      around ? " of a padded value" : ""
    }`,
  );
}

function sizeAfter(
  size: Size,
  window: Pair,
  stride: Pair,
  padding: ForeignPadding,
): Size {
  const [height, width] = [0, 1].map((i) => {
    const extent = size[i];
    if (extent === null || extent === undefined) return null;
    if (padding === "same") return Math.ceil(extent / stride[i]!);
    const slack = slackOf(extent, window[i]!, padding, i);
    return Math.floor(slack / stride[i]!) + 1;
  });
  return [height!, width!];
}

/** How far the window can move along an axis, in pixels. */
function slackOf(
  extent: number,
  window: number,
  padding: Exclude<ForeignPadding, "same">,
  axis: number,
): number {
  const pads = padding === "valid" ? 0 : padding[axis]! + padding[axis + 2]!;
  return extent + pads - window;
}

function assertCeilChangesNothing(
  reading: Reading,
  size: Size,
  window: Pair,
  stride: Pair,
  padding: ForeignPadding,
): void {
  const same = [0, 1].every((i) => {
    if (stride[i] === 1 || padding === "same") return true;
    const extent = size[i];
    if (extent === null || extent === undefined) return false;
    return slackOf(extent, window[i]!, padding, i) % stride[i]! === 0;
  });
  if (!same) throw new Unread(`${nodeKind(reading)} with ceil_mode`);
}
