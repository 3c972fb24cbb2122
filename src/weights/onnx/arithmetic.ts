/**
 * Sums and products with constants of one value, or one per channel.
 *
 * @module
 */
import type { ForeignTensor } from "../foreign/graph.ts";
import { assertPerChannel, Unread } from "../foreign/unread.ts";
import {
  type Activation,
  type Channel,
  type Extents,
  nodeKind,
  type Reading,
} from "./values.ts";

export type Operation = "Add" | "Sub" | "Mul" | "Div";

/** Scale and offset of an operation on `x` and a constant; `isFirst` if `x` comes first. */
const SCALINGS: Readonly<
  Record<Operation, (constant: number, isFirst: boolean) => Affine | undefined>
> = {
  Add: (c) => ({ scale: 1, offset: c }),
  Sub: (c, isFirst) =>
    isFirst ? { scale: 1, offset: -c } : { scale: -1, offset: c },
  Mul: (c) => ({ scale: c, offset: 0 }),
  Div: (c, isFirst) => isFirst ? { scale: 1 / c, offset: 0 } : undefined,
};

interface Affine {
  readonly scale: number;
  readonly offset: number;
}

export const arithmetic = (operation: Operation) =>
(
  reading: Reading,
): Activation | Channel | Extents => {
  const [first, second] = reading.inputs;
  const isFirst = second?.kind === "constant";
  const [x, constant] = isFirst ? [first, second] : [second, first];
  const scaling = (value: number) => {
    const affine = SCALINGS[operation](value, isFirst);
    if (affine !== undefined) return affine;
    throw new Unread("a Div by computed values");
  };
  if (x?.kind === "extents") return { ...x, values: [null] };
  if (constant?.kind !== "constant") {
    throw new Unread(`${nodeKind(reading)} of two computed values`);
  }
  const { tensor } = constant;
  if (x?.kind === "channel") {
    assertPerChannel(nodeKind(reading), tensor, x.layout.replace("C", "1"));
    const { scale, offset } = scaling(tensor.read()[0]!);
    return {
      ...x,
      scale: x.scale * scale,
      offset: x.offset * scale + offset,
    };
  }
  if (x?.kind !== "activation" || x.pads !== undefined) {
    throw new Unread(`${nodeKind(reading)} of a padded value`);
  }
  assertPerChannel(nodeKind(reading), tensor, x.layout);
  scaling(1);
  const derived = (part: keyof Affine): ForeignTensor => ({
    name: tensor.name,
    shape: [tensor.shape.reduce((product, extent) => product * extent, 1)],
    read: () => tensor.read().map((it) => scaling(it)[part]),
  });
  const isSum = operation === "Add" || operation === "Sub";
  const key = reading.add({
    op: "affine",
    input: x.key,
    scale: isSum && (operation === "Add" || isFirst)
      ? undefined
      : derived("scale"),
    offset: isSum ? derived("offset") : undefined,
  });
  return { ...x, key, isLinear: true };
};
