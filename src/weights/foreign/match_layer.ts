import { CorruptWeightsError } from "../../errors.ts";
import type {
  AvgPoolNode,
  ConvNode,
  MaxPoolNode,
  Node,
  Padding,
} from "../../model/mod.ts";
import type {
  ForeignConv,
  ForeignGraph,
  ForeignNode,
  ForeignPadding,
  ForeignPool,
} from "./graph.ts";
import { kindOf, nodeText } from "./nodes.ts";

/**
 * Throws unless the convolution is configured like ours.
 *
 * @param positive Whether ReLU is applied to its result.
 */
export function assertConv(
  graph: ForeignGraph,
  conv: ForeignConv,
  { name, kernel, channels, stride, padding, activation }: ConvNode,
  positive: boolean,
): void {
  const [height, width, , outputs] = conv.kernel.shape;
  const assertSetting = (what: string, found: unknown, expected: unknown) =>
    assertSame(graph, conv, name, what, found, expected);
  assertSetting("kernel", [height, width], kernel);
  assertSetting("stride", conv.stride, [stride, stride]);
  if (!isPadding(conv.padding, padding, kernel, stride)) {
    assertSetting("padding", conv.padding, padding);
  }
  assertSetting("number of channels", outputs, channels);
  assertSetting("dilation", conv.dilation ?? [1, 1], [1, 1]);
  assertSetting("number of groups", conv.groups ?? 1, 1);
  assertSetting("activation", positive ? "relu" : "linear", activation);
}

/** Throws unless the pool's windows are the same as ours. */
export function assertWindow(
  graph: ForeignGraph,
  pool: ForeignPool,
  { name, size, stride, padding }: MaxPoolNode | AvgPoolNode,
): void {
  const assertSetting = (what: string, found: unknown, expected: unknown) =>
    assertSame(graph, pool, name, what, found, expected);
  assertSetting("size", pool.size, [size, size]);
  assertSetting("stride", pool.stride, [stride, stride]);
  if (!isPadding(pool.padding, padding, [size, size], stride)) {
    assertSetting("padding", pool.padding, padding);
  }
}

/** @param must Follows "as": `"it must be a convolution: it is a flattening"`. */
export function mismatch(
  graph: ForeignGraph,
  node: ForeignNode,
  name: string,
  must: string,
): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot match ${nodeText(graph, node)} with "${name}" as ${must}`,
  );
}

/** For a node of the wrong kind. Without a `node` of ours, the image is expected. */
export function wrongKind(
  graph: ForeignGraph,
  found: ForeignNode,
  name: string,
  node: Node | undefined,
): CorruptWeightsError {
  const expected = KINDS[node?.op ?? "input"];
  const must = `it must be ${expected}: it is ${kindOf(found)}`;
  return mismatch(graph, found, name, must);
}

/** The kinds of nodes in Inception-v3's blocks. */
const KINDS: Readonly<Record<string, string>> = {
  input: "the input",
  conv: "a convolution",
  maxPool: "a max pool",
  avgPool: "an average pool",
  concat: "a concatenation",
};

function assertSame(
  graph: ForeignGraph,
  node: ForeignNode,
  name: string,
  what: string,
  found: unknown,
  expected: unknown,
): void {
  if (String(found) === String(expected)) return;
  const text = (it: unknown) => Array.isArray(it) ? `[${it}]` : String(it);
  throw mismatch(
    graph,
    node,
    name,
    `its ${what} must be ${text(expected)}: it is ${text(found)}`,
  );
}

/** Whether both paddings are equal for images of any size. */
function isPadding(
  found: ForeignPadding,
  expected: Padding,
  kernel: readonly [height: number, width: number],
  stride: number,
): boolean {
  // With larger strides, SAME depends on the size.
  if (stride === 1) {
    return sidesOf(found, kernel) === sidesOf(expected, kernel);
  }
  return found === expected ||
    expected === "valid" && found !== "same" && !hasPadding(found, kernel);
}

/** Whether a padding adds zeros for this window at stride 1. */
export function hasPadding(
  padding: ForeignPadding,
  window: readonly [height: number, width: number],
): boolean {
  return sidesOf(padding, window) !== "0,0,0,0";
}

/** Zeros on each side (top, left, bottom, right) at stride 1. */
function sidesOf(
  padding: ForeignPadding,
  window: readonly [height: number, width: number],
): string {
  if (padding === "valid") return "0,0,0,0";
  if (padding !== "same") return String(padding);
  const before = window.map((it) => Math.floor((it - 1) / 2));
  const after = window.map((it) => Math.ceil((it - 1) / 2));
  return String([...before, ...after]);
}
