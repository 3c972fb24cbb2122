/**
 * Operators that select channels and concatenate them.
 *
 * @module
 */
import type { ForeignTensor } from "../foreign/graph.ts";
import { Unread } from "../foreign/unread.ts";
import { intOf, settingOf } from "./attributes.ts";
import {
  type Activation,
  activationAt,
  type Channel,
  type Extents,
  nodeKind,
  type Reading,
  type Value,
} from "./values.ts";

/** Channels of an image. */
const CHANNELS = 3;
const MOST = 8;

/** Concatenates activations along their channels, the image's channels, or parts of a shape. */
export function concat(reading: Reading): Value {
  const { node, inputs } = reading;
  const [first] = inputs;
  if (first?.kind === "extents" || first?.kind === "constant") {
    return concatExtents(reading);
  }
  const layout = first?.kind === "channel"
    ? first.layout
    : activationAt(reading, 0).layout;
  const rank = layout.length;
  const axis = (intOf(node, "axis", 1) + rank) % rank;
  if (first?.kind === "channel") return concatChannels(reading, first, axis);
  const parts = inputs.map((_, i) => activationAt(reading, i));
  if (layout[axis] !== "C" || parts.some((it) => it.layout !== layout)) {
    throw new Unread(
      `a Concat along axis ${axis} of ${parts.map((it) => it.layout)}`,
    );
  }
  const key = reading.add({
    op: "concat",
    inputs: parts.map((it) => it.key),
  });
  return { kind: "activation", key, layout, size: parts[0]!.size };
}

function concatExtents(reading: Reading): Extents {
  const values = reading.inputs.flatMap((it) => {
    if (it?.kind === "extents") return it.values;
    if (it?.kind === "constant") return it.tensor.ints(MOST);
    throw new Unread("a Concat of a shape and computed values");
  });
  if (values.length <= MOST) return { kind: "extents", values };
  throw new Unread(`a Concat of ${values.length} numbers`);
}

/** torchvision's `transform_input`: each channel has its own scale and offset. */
function concatChannels(
  { inputs, add }: Reading,
  { image, layout }: Channel,
  axis: number,
): Activation {
  const channels = inputs.map((it) => {
    const isSame = it?.kind === "channel" && it.image.key === image.key &&
      it.layout === layout && layout[axis] === "1";
    if (isSame) return it;
    throw new Unread("a Concat of the image's channels and something else");
  });
  const order = channels.map(({ index }) => index);
  if (String(order) !== "0,1,2") {
    throw new Unread(
      `a Concat of the image's channels in the order [${order}], which must be [0,1,2]: red, green, blue`,
    );
  }
  const perChannel = (part: "scale" | "offset"): ForeignTensor => ({
    name: part,
    shape: [CHANNELS],
    read: () => Float32Array.from(channels, (it) => it[part]),
  });
  const key = add({
    op: "affine",
    input: image.key,
    scale: perChannel("scale"),
    offset: perChannel("offset"),
  });
  const letters = [...layout];
  letters[axis] = "C";
  return { ...image, key, layout: letters.join("") };
}

/** Selects one channel of the image, or numbers of a shape. */
export function gather(reading: Reading): Value {
  const [value, from] = reading.inputs;
  if (from?.kind !== "constant") {
    throw new Unread("a Gather by computed values");
  }
  const { tensor } = from;
  const indexes = tensor.ints(MOST);
  if (value?.kind === "extents") {
    const { values } = value;
    const at = (index: number) =>
      values[(index + values.length) % values.length];
    return { kind: "extents", values: indexes.map((it) => at(it) ?? null) };
  }
  const x = activationAt(reading, 0);
  const axis = intOf(reading.node, "axis", 0);
  return take(reading, x, axis, indexes, tensor.shape.length === 0);
}

/** Selects one channel of the image, or a range of a shape. */
export function slice(reading: Reading): Value {
  const [value] = reading.inputs;
  const starts = settingOf(reading, "starts", 1) ?? [];
  const ends = settingOf(reading, "ends", 2) ?? [];
  const axes = settingOf(reading, "axes", 3) ?? starts.map((_, i) => i);
  const steps = settingOf(reading, "steps", 4) ?? starts.map(() => 1);
  const [start = 0, end = 0, step = 0] = [starts[0], ends[0], steps[0]];
  if (starts.length !== 1 || step !== 1) {
    throw new Unread(`a Slice of the axes [${axes}] by [${steps}]`);
  }
  if (value?.kind === "extents") {
    return { kind: "extents", values: value.values.slice(start, end) };
  }
  const x = activationAt(reading, 0);
  const indexes = [0, 1, 2].slice(start, end);
  return take(reading, x, axes[0] ?? 0, indexes, false);
}

/** Splits the image into its channels. */
export function split(reading: Reading): Value[] {
  const x = activationAt(reading, 0);
  const { outputs } = reading.node;
  const sizes = settingOf(reading, "split", 1) ?? outputs.map(() => 1);
  if (outputs.length !== CHANNELS || sizes.some((it) => it !== 1)) {
    throw new Unread(`a Split into ${outputs.length} parts`);
  }
  const axis = intOf(reading.node, "axis", 0);
  return outputs.map((_, i) => take(reading, x, axis, [i], false));
}

function take(
  reading: Reading,
  image: Activation,
  axis: number,
  indexes: readonly number[],
  dropsAxis: boolean,
): Value {
  const { layout } = image;
  const at = (axis + layout.length) % layout.length;
  const found = indexes.map((it) => (it + CHANNELS) % CHANNELS);
  if (!image.isImage || layout[at] !== "C") {
    throw new Unread(`${nodeKind(reading)} of a part of the values`);
  }
  if (String(found) === "0,1,2") return image;
  if (found.length !== 1) {
    throw new Unread(
      `${
        nodeKind(reading)
      } of the image's channels [${found}], which must be [0,1,2]: red, green, blue`,
    );
  }
  return {
    kind: "channel",
    image,
    index: found[0]!,
    scale: 1,
    offset: 0,
    layout: layout.replace("C", dropsAxis ? "" : "1"),
  };
}
